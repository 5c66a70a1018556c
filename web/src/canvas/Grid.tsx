import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";

/** Dots closer than this are a grey mist: every second one is left out until they are apart. */
const CLOSEST_PX = 12;
const DOT_SHARE = 0.03;

/**
 * The dots behind everything, `gap` units of the sheet apart. A layer somewhat larger than the canvas that is shifted by
 * less than one step, so that moving the view paints nothing.
 */
export function Grid({ gap }: { readonly gap: number }) {
  const element = useRef<HTMLDivElement>(null);
  const view = useStoreApi();
  useLayoutEffect(() => {
    const { style } = element.current!;
    let step = 0;
    const follow = ([x, y, zoom]: readonly [number, number, number]): void => {
      const wanted = stepPx(gap, zoom);
      if (wanted !== step) {
        step = wanted;
        style.inset = `${-1.5 * step}px`;
        style.backgroundSize = `${step}px ${step}px`;
        style.backgroundImage = `radial-gradient(circle, var(--grid) ${Math.max(0.6, step * DOT_SHARE)}px, transparent ${Math.max(0.6, step * DOT_SHARE) + 0.5}px)`;
      }
      style.transform = `translate(${x % step}px, ${y % step}px)`;
    };
    follow(view.getState().transform);
    return view.subscribe(({ transform }, old) => transform !== old.transform && follow(transform));
  }, [view, gap]);
  return <div ref={element} className="grid-dots" aria-hidden />;
}

function stepPx(gap: number, zoom: number): number {
  let step = gap * zoom;
  while (step < CLOSEST_PX) step *= 2;
  return step;
}
