/**
 * What goes out as a page is left. Whoever comes straight back reads the page only after what she typed has landed: an
 * answer read before that would be without it, and her next save would meet her own earlier one as somebody else's.
 */
const underway = new Map<string, Promise<void>>();

/** `id` names what was typed on, as its address does: "task 7", "draft intake". */
export function leave(id: string, sent: Promise<void>): void {
  const over = sent.finally(() => {
    if (underway.get(id) === over) underway.delete(id);
  });
  underway.set(id, over);
}

export const landed = (id: string): Promise<void> => underway.get(id) ?? Promise.resolve();
