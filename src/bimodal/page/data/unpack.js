// @ts-check
// Bytes and numbers as a bundle holds them: compressed with gzip, written in base64.

/**
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
export async function unpackBytes(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {string} text numbers of eight bytes, the lowest byte first
 * @returns {Promise<Float64Array>}
 */
export async function unpackFloats(text) {
  const { buffer, byteLength } = await unpackBytes(text);
  const view = new DataView(buffer);
  return Float64Array.from({ length: byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}
