/** Which folder of models an input takes its choices from, by the names that such inputs have in the field. */
const FOLDERS: readonly (readonly [pattern: RegExp, folder: string])[] = [
  [/^ckpt_name/, "checkpoints"],
  [/^lora_name|^lora_\d+$/, "loras"],
  [/^vae_name/, "vae"],
  [/^control_net_name/, "controlnet"],
  [/^clip_name|^text_encoder/, "text_encoders"],
  [/^unet_name|^diffusion_model/, "diffusion_models"],
  [/^hypernetwork_name/, "hypernetworks"],
  [/^style_model_name/, "style_models"],
];

export function folderOfModels(input: string): string | undefined {
  return FOLDERS.find(([pattern]) => pattern.test(input))?.[1];
}
