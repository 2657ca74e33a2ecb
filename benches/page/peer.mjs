// onnxruntime-web in a worker: `open` with a model and a provider, then `run` with an image, or with nothing for a
// model that takes the network's input, whose numbers do not matter.

let ort;
let session;
let standIn;

/** An image's RGBA bytes as planes of red, green and blue, 0 to 1. */
function planes({ data, width, height }) {
  const area = width * height;
  const values = new Float32Array(area * 3);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) values[channel * area + i] = data[i * 4 + channel] / 255;
  }
  return values;
}

async function open({ model, provider, input }) {
  ort = await import(provider === 'webgpu' ? '/peer/ort.webgpu.bundle.min.mjs' : '/peer/ort.wasm.bundle.min.mjs');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  session = await ort.InferenceSession.create(model, { executionProviders: [provider] });
  const length = input.reduce((product, side) => product * side);
  standIn = new ort.Tensor(
    'float32',
    Float32Array.from({ length }, (_, i) => Math.sin(i)),
    input,
  );
}

async function run({ picture }) {
  const [name] = session.inputNames;
  const image = picture && new ort.Tensor('float32', planes(picture), [3, picture.height, picture.width]);
  const outputs = await session.run({ [name]: image ?? standIn });
  return Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, data]));
}

self.addEventListener('message', async ({ data: { id, method, argument } }) => {
  try {
    const value = await { open, run }[method](argument);
    postMessage({ id, value });
  } catch (error) {
    postMessage({ id, error: String(error?.stack ?? error) });
  }
});
