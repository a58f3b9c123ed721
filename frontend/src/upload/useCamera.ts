/** A camera as React state: opened while the component lives, closed with it. */
import { useEffect, useState } from "react";
import {
  type CameraTrouble,
  type Choice,
  closeCamera,
  type Footage,
  obstacle,
  openCamera,
  otherThan,
  troubleIn,
} from "./camera";

export interface Camera {
  /** Null until there is a picture. */
  readonly footage: Footage | null;
  readonly trouble: CameraTrouble | null;
  again(): void;
  /** Takes the other camera. */
  turn(): void;
}

export function useCamera(): Camera {
  const [asked, setAsked] = useState<Choice>({ facing: "user" });
  const [footage, setFootage] = useState<Footage | null>(null);
  const [trouble, setTrouble] = useState<CameraTrouble | null>(null);

  useEffect(() => {
    const hindrance = obstacle(isSecureContext, navigator.mediaDevices?.getUserMedia !== undefined);
    setTrouble(hindrance);
    if (hindrance) return;
    let left = false;
    let opened: Footage | null = null;
    openCamera(asked).then(
      (found) => {
        if (left) return closeCamera(found);
        opened = found;
        setFootage(found);
      },
      (error: unknown) => left || setTrouble(troubleIn(error)),
    );
    return () => {
      left = true;
      setFootage(null);
      if (opened) closeCamera(opened);
    };
  }, [asked]);

  return {
    footage,
    trouble,
    again: () => setAsked({ ...asked }),
    turn: () => footage && setAsked(otherThan(footage.settings, footage.devices)),
  };
}
