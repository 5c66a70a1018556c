/** The mask's pixels: a canvas of the picture's size, opaque where the mask is. */
import { opaqueUrl, transparencyUrl } from "../api/inputs.ts";
import { type Brush, type BrushPoint, type MaskStep, diameterAt, stampsBetween } from "../core/strokes.ts";
import type { FileRef } from "../core/runs.ts";

const COLOR = "255, 64, 110";

export class MaskPicture {
  private readonly pen: CanvasRenderingContext2D;
  private readonly base: HTMLCanvasElement;

  /** base: the mask that the picture came with. */
  private constructor(readonly canvas: HTMLCanvasElement, readonly pictureUrl: string, transparency: HTMLImageElement) {
    canvas.width = transparency.naturalWidth;
    canvas.height = transparency.naturalHeight;
    this.pen = canvas.getContext("2d")!;
    this.base = document.createElement("canvas");
    Object.assign(this.base, { width: canvas.width, height: canvas.height });
    const pen = this.base.getContext("2d")!;
    fill(pen);
    pen.globalCompositeOperation = "destination-out";
    pen.drawImage(transparency, 0, 0);
    this.redraw([]);
  }

  /** Reads the picture's own transparency as the first mask. Rejects when the picture cannot be read. */
  static async open(canvas: HTMLCanvasElement, file: FileRef): Promise<MaskPicture> {
    const picture = new Image();
    picture.src = transparencyUrl(file);
    await picture.decode();
    return new MaskPicture(canvas, opaqueUrl(file), picture);
  }

  /** Draw the mask as these steps leave it. */
  redraw(steps: readonly MaskStep[]): void {
    this.replace(this.base);
    for (const step of steps) {
      if (step.kind === "clear") this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
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

  /** A picture that is transparent where the mask is, as LoadImage's mask output reads it. */
  toBlob(): Promise<Blob> {
    const made = document.createElement("canvas");
    Object.assign(made, { width: this.canvas.width, height: this.canvas.height });
    const pen = made.getContext("2d")!;
    fill(pen);
    pen.globalCompositeOperation = "destination-out";
    pen.drawImage(this.canvas, 0, 0);
    return new Promise((resolve, reject) => made.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The mask is too large for this browser."))), "image/png"));
  }

  private stamp(brush: Brush, { x, y, pressure }: BrushPoint): void {
    const radius = diameterAt(brush, pressure) / 2;
    if (brush.hardness >= 1) this.pen.fillStyle = `rgb(${COLOR})`;
    else {
      const gradient = this.pen.createRadialGradient(x, y, radius * brush.hardness, x, y, radius);
      gradient.addColorStop(0, `rgba(${COLOR}, 1)`);
      gradient.addColorStop(1, `rgba(${COLOR}, 0)`);
      this.pen.fillStyle = gradient;
    }
    this.pen.beginPath();
    this.pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.pen.fill();
  }

  private invert(): void {
    this.pen.globalCompositeOperation = "source-out";
    fill(this.pen);
    this.pen.globalCompositeOperation = "source-over";
  }

  private replace(picture: HTMLCanvasElement): void {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.pen.drawImage(picture, 0, 0);
  }
}

function fill(pen: CanvasRenderingContext2D): void {
  pen.fillStyle = `rgb(${COLOR})`;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
}
