import { expect, test } from "vitest";
import { inEnglish } from "../../src/core/chinese.ts";
import { indexTypes, search } from "../../src/core/search.ts";
import { catalog } from "./samples.ts";

test.each([["采样器", "KSampler"], ["加载图像", "LoadImage"], ["提示词", "CLIPTextEncode"], ["空潜空间", "EmptyLatentImage"], ["VAE解码", "VAEDecode"], ["保存图片", "SaveImage"]])(
  "%s finds %s", (query, type) => {
    expect(search(indexTypes(catalog), inEnglish(query), 3).map(({ name }) => name)).toContain(type);
  },
);

test("what is no Chinese word stays as it is", () => {
  expect(["vae dec", "", "图x", "constructor"].map(inEnglish)).toEqual(["vae dec", "", "image x", "constructor"]);
});
