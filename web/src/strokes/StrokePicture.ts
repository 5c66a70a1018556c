/** The pixels of strokes: a canvas that is clear where nothing was drawn. */
import { text } from "../texts/text.ts";
import { type Brush, type BrushPoint, type StrokeStep, diameterAt, stampsBetween } from "../core/strokes.ts";

export interface StrokeStart {
  readonly width: number;
  readonly height: number;
  /** What was drawn before, if anything. */
  readonly base: CanvasImageSource | null;
  /** Fills what `invert` makes opaque. */
  readonly color: string;
}

export class StrokePicture {
  private readonly pen: CanvasRenderingContext2D;

  constructor(readonly canvas: HTMLCanvasElement, private readonly start: StrokeStart) {
    canvas.width = start.width;
    canvas.height = start.height;
    this.pen = canvas.getContext("2d")!;
    this.redraw([]);
  }

  /** Draw the picture as these steps leave it. */
  redraw(steps: readonly StrokeStep[]): void {
    this.clear();
    if (this.start.base) this.pen.drawImage(this.start.base, 0, 0, this.canvas.width, this.canvas.height);
    for (const step of steps) {
      if (step.kind === "clear") this.clear();
      else if (step.kind === "invert") this.invert();
      else step.points.forEach((point, i) => this.extend(step.brush, step.points[i - 1], point));
    }
  }

  /** Draw a stroke on, from the point before (none at its beginning) to the next. */
  extend(brush: Brush, before: BrushPoint | undefined, point: BrushPoint): void {
    this.pen.globalCompositeOperation = brush.isEraser ? "destination-out" : "source-over";
    for (const stamp of before ? stampsBetween(before, point, brush) : [point]) this.stamp(brush, stamp);
    this.pen.globalCompositeOperation = "source-over";
  }

  private stamp(brush: Brush, { x, y, pressure }: BrushPoint): void {
    const radius = diameterAt(brush, pressure) / 2;
    if (brush.hardness >= 1) this.pen.fillStyle = brush.color;
    else {
      const gradient = this.pen.createRadialGradient(x, y, radius * brush.hardness, x, y, radius);
      gradient.addColorStop(0, brush.color);
      gradient.addColorStop(1, `${brush.color}00`);
      this.pen.fillStyle = gradient;
    }
    this.pen.beginPath();
    this.pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.pen.fill();
  }

  private invert(): void {
    this.pen.globalCompositeOperation = "source-out";
    fill(this.pen, this.start.color);
    this.pen.globalCompositeOperation = "source-over";
  }

  private clear(): void {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

export function fill(pen: CanvasRenderingContext2D, color: string): void {
  pen.fillStyle = color;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
}

/** A canvas of that size, and its pen. */
export function newCanvas(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  return canvas.getContext("2d")!;
}

/** The canvas as a PNG file. */
export function toPng(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(text("picture.tooLarge")))), "image/png"));
}

/** Rejects when the picture cannot be read. */
export async function loadPicture(url: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
