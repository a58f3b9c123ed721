/** The visitor's camera: what to ask for, what came, and why nothing did. */
import { fileOf } from "./samples";

/** Why there is no picture. */
export type CameraTrouble = "insecure" | "unsupported" | "refused" | "none" | "busy" | "broken";

/** Why there is no camera, before the visitor is asked; null when asking makes sense. */
export function obstacle(secure: boolean, supported: boolean): CameraTrouble | null {
  // Browsers hide cameras from pages that came over plain HTTP, so the first is the reason for the second.
  if (!secure) return "insecure";
  return supported ? null : "unsupported";
}

/** What the name of the error says with which the browser refused (W3C Media Capture and Streams, getUserMedia). */
export function troubleIn(error: unknown): CameraTrouble {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "broken";
  }
}

export function explain(trouble: CameraTrouble): { title: string; advice: string } {
  switch (trouble) {
    case "insecure":
      return {
        title: "Browsers lend their camera to safe addresses only.",
        advice:
          "Open Heckler on the machine it runs on (localhost) or over HTTPS. Choosing a file works anyway.",
      };
    case "unsupported":
      return {
        title: "This browser lends its camera to no page.",
        advice: "Take the photo with your camera app, and choose it here.",
      };
    case "refused":
      return {
        title: "The camera stays shut.",
        advice: "Allow it in your browser’s settings for this page, beside the address, and ask again.",
      };
    case "none":
      return { title: "There is no camera here.", advice: "Plug one in and ask again, or choose a file." };
    case "busy":
      return {
        title: "Somebody else has the camera.",
        advice: "Close the call or the app that uses it, and ask again.",
      };
    case "broken":
      return { title: "The camera gave no picture.", advice: "Ask again, or choose a file instead." };
    default:
      return trouble satisfies never;
  }
}

/** Which camera: the first time the one that faces the visitor. */
export type Choice = { readonly facing: "user" | "environment" } | { readonly device: string };

export function constraintsOf(choice: Choice): MediaStreamConstraints {
  const which = "facing" in choice ? { facingMode: choice.facing } : { deviceId: { exact: choice.device } };
  return { audio: false, video: { ...which, width: { ideal: 1920 }, height: { ideal: 1440 } } };
}

/** The camera after the one in use: the other side where cameras have sides, else the next in the list. */
export function otherThan(
  used: Pick<MediaTrackSettings, "deviceId" | "facingMode">,
  devices: readonly string[],
): Choice {
  if (used.facingMode === "user") return { facing: "environment" };
  if (used.facingMode === "environment") return { facing: "user" };
  const at = devices.indexOf(used.deviceId ?? "");
  const device = devices[(at + 1) % devices.length];
  return device ? { device } : { facing: "environment" };
}

/** A camera in use. */
export interface Footage {
  readonly stream: MediaStream;
  readonly settings: MediaTrackSettings;
  /** The ids of all cameras. */
  readonly devices: readonly string[];
  /** Whether people expect to see it as in a mirror: all cameras but those that look away from them. */
  readonly mirrored: boolean;
}

/** Asks for the camera; throws what the browser throws. */
export async function openCamera(choice: Choice): Promise<Footage> {
  const stream = await navigator.mediaDevices.getUserMedia(constraintsOf(choice));
  const settings = stream.getVideoTracks()[0]?.getSettings() ?? {};
  const all = await navigator.mediaDevices.enumerateDevices();
  const devices = all.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
  return { stream, settings, devices, mirrored: settings.facingMode !== "environment" };
}

export function closeCamera({ stream }: Footage): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The frame that `video` shows now, as the camera sees it: the mirror is only in the preview. */
export function frameOf(video: HTMLVideoElement): Promise<File> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return fileOf(canvas, "camera.jpg", "image/jpeg");
}
