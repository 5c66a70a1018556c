/** Chinese words for what nodes do. Nodes have English names everywhere; whoever reads Chinese may search in it. */
const MEANINGS: Readonly<Record<string, string>> = {
  模型: "model", 大模型: "checkpoint", 检查点: "checkpoint", 采样: "sampl", 采样器: "sampler", 调度器: "scheduler", 步数: "steps", 种子: "seed",
  噪声: "noise", 噪点: "noise", 去噪: "denoise", 降噪: "denoise", 引导: "guid", 引导器: "guider", 条件: "conditioning", 提示词: "prompt", 正向: "positive", 负面: "negative",
  文本: "text", 文字: "text", 字符串: "string", 数字: "number", 整数: "int", 浮点: "float", 布尔: "boolean", 数学: "math", 表达式: "expression",
  潜空间: "latent", 潜变量: "latent", 潜在: "latent", 空: "empty", 图像: "image", 图片: "image", 图: "image", 照片: "photo", 遮罩: "mask", 蒙版: "mask", 颜色: "color", 透明: "alpha",
  加载: "load", 载入: "load", 读取: "load", 导入: "load", 保存: "save", 导出: "save", 预览: "preview", 显示: "preview", 上传: "load", 编码: "encode", 解码: "decode", 分块: "tiled",
  放大: "upscale", 缩放: "scale", 缩小: "scale", 尺寸: "size", 裁剪: "crop", 翻转: "flip", 旋转: "rotate", 混合: "blend", 合成: "composite", 拼接: "concat", 合并: "merge", 批次: "batch", 批量: "batch", 重复: "repeat",
  模糊: "blur", 锐化: "sharpen", 反转: "invert", 扩展: "grow", 羽化: "feather", 边缘: "edge", 直方图: "histogram", 曲线: "curve", 比较: "compare", 对比: "compare", 绘画: "paint", 画板: "paint",
  局部重绘: "inpaint", 重绘: "inpaint", 外扩: "pad", 填充: "pad", 控制网: "controlnet", 微调: "lora", 风格: "style", 训练: "train", 数据集: "dataset", 嵌入: "embedding",
  视频: "video", 帧: "frame", 音频: "audio", 声音: "audio", 录音: "record", 摄像头: "webcam", 三维: "3d", 网格: "mesh", 应用: "apply", 设置: "set", 切换: "switch", 选择: "switch", 随机: "random",
  便签: "note", 注释: "note", 备注: "note", 转接: "reroute", 重路由: "reroute", 基本: "primitive",
};

const LONGEST = Math.max(...Object.keys(MEANINGS).map(({ length }) => length));

/** A query with the Chinese words that it is made of in English: "加载图像" is "load image". The rest stays as it is. */
export function inEnglish(query: string): string {
  let made = "";
  for (let at = 0; at < query.length; ) {
    const length = Array.from({ length: LONGEST }, (_, i) => LONGEST - i).find((count) => query.slice(at, at + count) in MEANINGS);
    made += length ? ` ${MEANINGS[query.slice(at, at + length)]} ` : query[at]!;
    at += length ?? 1;
  }
  return made.trim();
}
