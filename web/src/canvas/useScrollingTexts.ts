import { type RefObject, useEffect } from "react";

/**
 * Whose the wheel is over a text in a node (class `scrolls`): the text's where there is more of it than is seen, and over
 * a field only while someone writes in it; else the canvas's, as everywhere. A pinch always zooms the canvas.
 */
export function useScrollingTexts(area: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = area.current!;
    const decide = (event: WheelEvent): void => {
      const text = (event.target as Element).closest(".scrolls");
      text?.classList.toggle("nowheel", !event.ctrlKey && keepsWheel(text));
    };
    // Before the canvas library looks for the class.
    element.addEventListener("wheel", decide, { capture: true, passive: true });
    return () => element.removeEventListener("wheel", decide, { capture: true });
  }, [area]);
}

function keepsWheel(text: Element): boolean {
  if (text.matches(".field") && !text.matches(":focus, :focus-within")) return false;
  const { scrollHeight, clientHeight } = text.querySelector(".cm-scroller, pre") ?? text;
  return scrollHeight > clientHeight;
}
