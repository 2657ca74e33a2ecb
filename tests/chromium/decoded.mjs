// Images as Chromium decodes them. JPEG decoders may differ by some levels of 255, and on a photograph that alone changes a
// score by up to 0.05: who compares two programs gives both the same pixels.

/**
 * Decodes an image in a page.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} url of the image, from the page's origin
 * @returns {Promise<Buffer>} the same pixels as a PNG file
 */
export async function decoded(page, url) {
  const base64 = await page.evaluate(async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const reader = new FileReader();
    reader.readAsDataURL(await canvas.convertToBlob());
    await new Promise((done) => reader.addEventListener('load', done));
    return reader.result.split(',')[1];
  }, url);
  return Buffer.from(base64, 'base64');
}
