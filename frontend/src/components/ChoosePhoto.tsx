import { useId } from "react";

interface ChoosePhotoProps {
  onChoose: (photo: File) => void;
  label: string;
  /** Whether it is the one thing to do here. */
  loud?: boolean;
}

/** A file input that looks like a button: it keeps the keyboard, the label and the system's own dialogue. */
export function ChoosePhoto({ onChoose, label, loud = false }: ChoosePhotoProps) {
  const id = useId();
  return (
    <span className={loud ? "choose loud" : "choose"}>
      <input
        id={id}
        type="file"
        accept="image/*,.heic,.heif,.avif"
        onChange={(event) => {
          const photo = event.target.files?.[0];
          // Emptied, so that choosing the same file once more counts as a choice.
          event.target.value = "";
          if (photo) onChoose(photo);
        }}
      />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
