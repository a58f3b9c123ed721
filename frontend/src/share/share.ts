/** Showing a roast around: its link, its card, and what the browser's own share sheet is given. */

export type CardSize = "landscape" | "portrait";

/** Pixels of each card; the server draws them so. */
export const cardSizes: Readonly<Record<CardSize, { width: number; height: number }>> = {
  landscape: { width: 1200, height: 630 },
  portrait: { width: 1080, height: 1350 },
};

/** The link to pass on: chats show the card in its place. */
export function linkTo(id: string, origin: string): string {
  return `${origin}/r/${id}`;
}

/** The id in a link that was passed on, given its path; null for any other. */
export function idOfLink(path: string): string | null {
  return /^\/r\/([A-Za-z0-9_-]+)\/?$/.exec(path)?.[1] ?? null;
}

export function fileNameOf(size: CardSize): string {
  return `heckler-${size}.png`;
}

/** What to hand to the share sheet: the card with the link, where files are taken, else the link alone. Null where
 * there is no share sheet (it needs HTTPS or localhost). */
export function sheetFor(
  card: Blob | null,
  size: CardSize,
  link: string,
  browser: Pick<Partial<Navigator>, "share" | "canShare"> = navigator,
): ShareData | null {
  if (!browser.share) return null;
  const plain: ShareData = { title: "Heckler", url: link };
  if (!card) return plain;
  const full: ShareData = { ...plain, files: [new File([card], fileNameOf(size), { type: "image/png" })] };
  return browser.canShare?.(full) ? full : plain;
}
