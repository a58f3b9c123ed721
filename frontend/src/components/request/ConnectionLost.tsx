import { useEffect, useState, useSyncExternalStore } from "react";

/** Says when the connection is lost, whether this device is offline, and when the connection is back. */
export function ConnectionLost({ connected }: { connected: boolean }) {
  const online = useOnline();
  const [was, setWas] = useState(false);
  if (!connected && !was) setWas(true);
  useEffect(() => {
    if (!connected || !was) return;
    const timer = setTimeout(() => setWas(false), 6000);
    return () => clearTimeout(timer);
  }, [connected, was]);
  if (!connected)
    return (
      <p className="offline" role="status">
        {online ? "The connection is lost." : "This device is offline."} Nothing else is: it goes on where it
        was as soon as the server answers.
      </p>
    );
  return was ? (
    <p className="connection-back" role="status">
      The connection is back, and nothing was missed.
    </p>
  ) : null;
}

export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

function subscribe(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}
