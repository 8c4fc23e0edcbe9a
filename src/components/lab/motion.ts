/** Whether the reader has asked their system for less movement on the screen. */
export function lessMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** How to scroll to something for this reader. */
export function scrolling(): ScrollBehavior {
  return lessMotion() ? "instant" : "smooth";
}
