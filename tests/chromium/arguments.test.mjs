// Every exported function that needs a browser, called as it should not be: whatever leaves the package is a
// MaskRcnnError.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(async () => {
    const { Mask, SegmentResult } = t.maskrcnn;
    globalThis.mask = (fields) => {
      const data = new Uint8Array(64).fill(1);
      return new Mask({ x: 2, y: 4, width: 8, height: 8, data, imageSize: { width: 40, height: 20 }, ...fields });
    };
    globalThis.detection = (fields) => {
      const box = { x: 2, y: 4, width: 8, height: 8 };
      return { label: 'cell', classId: 1, score: 0.9, box, mask: mask(), ...fields };
    };
    globalThis.result = new SegmentResult({ width: 40, height: 20, detections: [detection()] });
    globalThis.canvas = () => new OffscreenCanvas(40, 20);
    globalThis.segmenter = await t.load({ settings: t.SHORT });
    globalThis.image = t.plainImage(32, 32);
    globalThis.raw = { width: 4, height: 3, channels: 2, data: new Uint16Array(24) };
    globalThis.noModel = new Blob(['no model']);

    const { misuse, ODD } = await import('/misuse.mjs');
    const odd = {
      ...ODD,
      element: document.createElement('p'),
      proxy: new Proxy(document.createElement('canvas'), {}),
    };
    const isTyped = (error) => error instanceof t.maskrcnn.MaskRcnnError && error.code !== 'internal';
    globalThis.misuse = (call, args, options) => misuse({ call, args, options, odd }, isTyped);
  });
});
after(() => stand.tearDown());

const REGION = ['classes', 'excludeClasses', 'scoreThreshold', 'margin', 'invert'];
const SEGMENT = [
  ...['classes', 'excludeClasses', 'scoreThreshold', 'maxDetections', 'signal'],
  ...['tile', 'overlap', 'diameter', 'pixelSize', 'channels', 'page', 'z', 't', 'projection'],
];

const MEASURE = ['image', 'pixelSize', 'signal'];

// By the exported name, and for a class by its methods: a call that is right, and the options that its last argument has.
const calls = {
  blur: ['(...args) => t.maskrcnn.blur(...args)', '[canvas(), image, result, {}]', ['radius', ...REGION]],
  pixelate: ['(...args) => t.maskrcnn.pixelate(...args)', '[canvas(), image, result, {}]', ['blockSize', ...REGION]],
  redact: ['(...args) => t.maskrcnn.redact(...args)', '[canvas(), image, result, {}]', ['color', ...REGION]],
  replaceBackground: [
    '(...args) => t.maskrcnn.replaceBackground(...args)',
    '[canvas(), image, result, {}]',
    ['background', ...REGION],
  ],
  draw: [
    '(...args) => t.maskrcnn.draw(...args)',
    '[canvas(), image, result, {}]',
    ['scoreThreshold', 'fillOpacity', 'showBoxes', 'showLabels', 'showNumbers', 'fontSize', 'colors', 'highlight'],
  ],
  'draw of a result': [
    '(found) => t.maskrcnn.draw(canvas(), null, found)',
    '[{ ...result }]',
    ['width', 'height', 'detections'],
  ],
  'draw of a detection': [
    '(one) => t.maskrcnn.draw(canvas(), null, { width: 40, height: 20, detections: [one] })',
    '[detection()]',
    ['label', 'classId', 'score', 'box', 'mask'],
  ],
  measureContrast: ['(...args) => t.maskrcnn.measureContrast(...args)', '[raw, {}]', ['low', 'high', 'channels']],
  toImageData: ['(...args) => t.maskrcnn.toImageData(...args)', '[raw, {}]', ['contrast', 'channels']],
  'an image of raw samples': [
    '(image) => t.maskrcnn.toImageData(image)',
    '[{ ...raw }]',
    ['width', 'height', 'channels', 'layout', 'data', 'channelNames', 'pixelSize'],
  ],
  cutOut: ['(...args) => t.maskrcnn.cutOut(...args)', '[t.plainImage(40, 20), detection(), {}]', ['soft']],
  convert: [
    '(...args) => t.maskrcnn.convert(...args)',
    '[noModel, {}]',
    ['precision', 'labels', 'worker', 'wasm', 'signal', 'onProgress'],
  ],
  'Mask.toImageData': ['(...args) => mask().toImageData(...args)', '[[1, 2, 3, 4]]'],
  'Mask.toImageData, its colour': ['(...color) => mask().toImageData(color)', '[1, 2, 3, 4]'],
  'SegmentResult.measure': ['(...args) => result.measure(...args)', '[{}]', MEASURE],
  'SegmentResult.toCsv': [
    '(...args) => result.toCsv(...args)',
    '[{}]',
    ['delimiter', 'decimal', 'bom', 'imageName', ...MEASURE],
  ],
  'SegmentResult.toLabelImage': ['(...args) => result.toLabelImage(...args)', '[{}]', ['format', 'bits', 'pixelSize']],
  'SegmentResult.toImageJRois': ['(...args) => result.toImageJRois(...args)', '[]'],
  'SegmentResult.toGeoJson': [
    '(...args) => result.toGeoJson(...args)',
    '[{}]',
    ['objectType', 'measurements', ...MEASURE],
  ],
  'SegmentResult.toCocoFile': [
    '(...args) => result.toCocoFile(...args)',
    '[{}]',
    ['as', 'segmentation', 'imageId', 'imageName', 'labels'],
  ],
  'a region image that is measured': [
    '(read) => result.measure({ image: { width: 40, height: 20, channels: 1, read: async () => read } })',
    '[{ width: 8, height: 8, channels: 1, data: new Uint16Array(64) }]',
    ['width', 'height', 'channels', 'layout', 'data'],
  ],
  Segmenter: ['(...args) => new t.maskrcnn.Segmenter(...args)', '[{}]'],
  'Segmenter.load': [
    '(options) => t.maskrcnn.Segmenter.load(options)',
    "[{ model: noModel, backend: 'cpu' }]",
    [
      'model',
      'backend',
      'worker',
      'wasm',
      'labels',
      'signal',
      'onProgress',
      'settings',
      'checkpoint',
      'dtype',
      'gpuKernels',
      'device',
      'nothingOfThatName',
    ],
  ],
  'Segmenter.segment': ['(...args) => segmenter.segment(...args)', '[image, {}]', SEGMENT],
  'Segmenter.segmentAll': ['(...args) => t.all(segmenter.segmentAll(...args))', '[[image], {}]', SEGMENT],
  'Segmenter.segmentTiles': ['(...args) => t.all(segmenter.segmentTiles(...args))', '[image, {}]', SEGMENT],
  'Segmenter.stream': [
    '(...args) => segmenter.stream(...args).next()',
    '[document.createElement("canvas"), {}]',
    ['signal'],
  ],
  'Segmenter.drawStream': [
    '(...args) => segmenter.drawStream(...args).next()',
    '[document.createElement("canvas"), canvas(), {}]',
    [
      'signal',
      'showFrame',
      'fillOpacity',
      'showOutlines',
      'showBoxes',
      'colors',
      'framesInFlight',
      'classes',
      'settings',
      'channels',
    ],
  ],
  imageTransfers: ['(...args) => t.debug.imageTransfers(...args)', '[segmenter]'],
  profile: ['(...args) => t.debug.profile(...args)', '[segmenter, image, {}]', ['signal', 'settings']],
};

// Those of masks and results that need a browser, or the module for objects.
const NOT_IN_NODE = new Set([
  'Mask.toImageData',
  ...Object.keys(calls).filter((name) => /^SegmentResult\.(measure$|to)/.test(name)),
]);

describe('whatever is handed to', () => {
  for (const [name, [call, args, options]] of Object.entries(calls)) {
    test(`${name}, what is thrown is typed`, async () => {
      const wrong = await page.evaluate(`misuse(${call}, ${args}, ${JSON.stringify(options ?? [])})`);
      assert.deepEqual(wrong, []);
    });
  }

  test('the package: no exported function is missing here', async () => {
    const exported = await page.evaluate(async () => {
      const { functionsOf } = await import('/misuse.mjs');
      return functionsOf({ ...t.maskrcnn, ...t.debug });
    });
    assert.ok(exported.includes('draw') && exported.includes('Mask.has'), exported.join());
    // Node calls the others: pkg/test/arguments.test.ts.
    const isCalledInNode = (name) => /^(Mask|SegmentResult)\b/.test(name) && !NOT_IN_NODE.has(name);
    assert.deepEqual(
      exported.filter((name) => !(name in calls) && !isCalledInNode(name)),
      [],
    );
  });
});

describe('whose mistake it is, and what to do, is said for', () => {
  const said = {
    'Segmenter.load()': ['t.maskrcnn.Segmenter.load()', /load\(\) needs a model.*`npm install maskrcnn-web-nuclei`/],
    'Segmenter.load({})': [
      't.maskrcnn.Segmenter.load({})',
      /`import everyday from 'maskrcnn-web-everyday'; await Segmenter\.load\(\{ model: everyday \}\)`/,
    ],
    'Segmenter.load(7)': ['t.maskrcnn.Segmenter.load(7)', /load\(\) takes \{ model \}.*not a number/],
    'a package’s whole module': [
      "import('/packages/maskrcnn-web-nuclei/index.js').then((model) => t.maskrcnn.Segmenter.load({ model }))",
      /not Module; of what `import\(\)` gives, take `default`/,
    ],
    'a package that is still being imported': [
      "t.maskrcnn.Segmenter.load({ model: import('/packages/maskrcnn-web-nuclei/index.js') })",
      /not Promise; `await` it/,
    ],
    'new Segmenter()': ['new t.maskrcnn.Segmenter()', /Segmenter\.load/],
    'an AbortController for a signal': [
      't.maskrcnn.Segmenter.load({ model: noModel, signal: new AbortController() })',
      /give the controller's `signal`/,
    ],
    'a clone that is drawn': ['t.maskrcnn.draw(canvas(), null, structuredClone(result))', /SegmentResult\.from\(\)/],
    'the JSON of a result that is drawn': [
      't.maskrcnn.draw(canvas(), null, JSON.parse(JSON.stringify(result)))',
      /mask of detection 0 is not a Mask/,
    ],
    'a Blob that is drawn': ['t.maskrcnn.draw(canvas(), noModel, result)', /createImageBitmap\(blob\)/],
    'a block that never ends': [
      't.maskrcnn.pixelate(canvas(), image, result, { blockSize: Infinity })',
      /blockSize must be a number above 0, not Infinity/,
    ],
    'an endless blur': ['t.maskrcnn.blur(canvas(), image, result, { radius: 1 / 0 })', /radius must be a number/],
    'one image for many': ['t.all(segmenter.segmentAll(image))', /segmentAll takes a list of images, not Offscreen/],
    'a result in the place of the image': [
      't.maskrcnn.draw(canvas(), result)',
      /draw\(canvas, image, result, options\)/,
    ],
    'an option of draw that is an argument now': [
      't.maskrcnn.draw(canvas(), null, result, { source: image })',
      /`source` has moved: write `draw\(canvas, image, result\)`/,
    ],
    'an option of load that moved into the settings': [
      't.load({ minSize: 64 })',
      /`minSize` has moved: write `settings: \{ input: \{ minSize \} \}`/,
    ],
    'an option of load that has another name': [
      't.load({ arithmetic: "f16" })',
      /`arithmetic` has moved: write `dtype`/,
    ],
    'an option of convert that moved': [
      't.maskrcnn.convert(noModel, { stateDict: "ema" })',
      /write `checkpoint: \{ stateDict \}`/,
    ],
    'a setting that is NaN': [
      't.load({ settings: { input: { minSize: Number.NaN } } })',
      /`settings\.input\.minSize` cannot be NaN/,
    ],
    'an option of another name': [
      "t.maskrcnn.Segmenter.load({ model: noModel, backend: 'cpu', onprogress() {} })",
      /load\(\) has no option `onprogress`/,
    ],
  };
  for (const [what, [code, message]] of Object.entries(said)) {
    test(what, async () => {
      const outcome = await page.evaluate(`t.outcome((async () => ${code})())`);
      assert.equal(outcome.code, 'invalid-input', outcome.message);
      assert.match(outcome.message, message);
    });
  }

  test('what the page’s own functions throw comes through as it is', async () => {
    const messages = await page.evaluate(async () => {
      const own = () => {
        throw new Error('of the page');
      };
      const attempts = [
        () => t.load({ onProgress: own }),
        () => t.maskrcnn.convert('/models/reference-tiny.safetensors', { onProgress: own }),
        () => t.maskrcnn.draw(canvas(), null, result, { colors: own }),
        () => result.toSvg({ colors: own }),
      ];
      return Promise.all(attempts.map(async (attempt) => (await t.outcome((async () => attempt())())).message));
    });
    assert.deepEqual(messages, Array(4).fill('of the page'));
  });
});

describe('a canvas that cannot be drawn on', () => {
  const ways = {
    draw: '(canvas) => t.maskrcnn.draw(canvas, null, result)',
    pixelate: '(canvas) => t.maskrcnn.pixelate(canvas, image, result)',
    blur: '(canvas) => t.maskrcnn.blur(canvas, image, result)',
    redact: '(canvas) => t.maskrcnn.redact(canvas, image, result)',
    replaceBackground: '(canvas) => t.maskrcnn.replaceBackground(canvas, image, result)',
  };
  for (const [name, draw] of Object.entries(ways)) {
    test(`is an error of ${name} that says what to do`, async () => {
      const outcomes = await page.evaluate(`(async () => {
        const element = document.createElement('canvas');
        element.transferControlToOffscreen();
        const sent = new OffscreenCanvas(40, 20);
        structuredClone(sent, { transfer: [sent] });
        const bitmaps = new OffscreenCanvas(40, 20);
        bitmaps.getContext('bitmaprenderer');
        const webgl = document.createElement('canvas');
        webgl.getContext('webgl');
        const draw = ${draw};
        return Promise.all([element, sent, bitmaps, webgl].map((canvas) => t.outcome((async () => draw(canvas))())));
      })()`);
      const messages = [/handed over/, /handed over/, /another context than 2d/, /another context than 2d/];
      for (const [i, { code, message }] of outcomes.entries()) {
        assert.equal(code, 'invalid-input', message);
        assert.match(message, messages[i]);
      }
    });
  }

  test('is an error, too, where a closed or unloaded image is to be drawn on it', async () => {
    const codes = await page.evaluate(async () => {
      const closed = await createImageBitmap(image);
      closed.close();
      const attempts = [
        () => t.maskrcnn.draw(canvas(), closed, result),
        () => t.maskrcnn.redact(canvas(), new OffscreenCanvas(0, 20), result),
        () => t.maskrcnn.draw(canvas(), t.unusable['an image that is still loading'](), result),
        () => t.maskrcnn.draw(canvas(), document.createElement('video'), result),
        () => t.maskrcnn.pixelate(canvas(), new Image(), result),
      ];
      return Promise.all(attempts.map(async (attempt) => (await t.outcome((async () => attempt())())).code));
    });
    assert.deepEqual(codes, Array(codes.length).fill('invalid-input'));
  });
});
