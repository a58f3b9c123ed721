import { useId } from "react";

interface ChoosePhotoProps {
  /** Several may be chosen at once. */
  onChoose: (photo: File, ...more: File[]) => void;
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
        multiple
        accept="image/*,.heic,.heif,.avif"
        onChange={(event) => {
          const [photo, ...more] = [...(event.target.files ?? [])];
          // Emptied, so that choosing the same file once more counts as a choice.
          event.target.value = "";
          if (photo) onChoose(photo, ...more);
        }}
      />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
