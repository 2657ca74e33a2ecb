// Every exported function, called as it should not be: whatever leaves the package is a MaskRcnnError.
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
    globalThis.picture = t.plainPicture(32, 32);
    globalThis.noModel = new Blob(['no model']);

    /** What may stand in the place of anything, by name. */
    globalThis.odd = {
      undefined: undefined,
      null: null,
      NaN: Number.NaN,
      '-1': -1,
      '1e99': 1e99,
      Infinity: Number.POSITIVE_INFINITY,
      text: 'text',
      true: true,
      symbol: Symbol('odd'),
      bigint: 1n,
      'empty array': [],
      'array of holes': [undefined, null],
      object: {},
      'bare object': Object.create(null),
      function: () => undefined,
      element: document.createElement('p'),
      proxy: new Proxy(document.createElement('canvas'), {}),
    };
    /** Calls a function with an odd value in the place of each argument, and of each option in the last one. */
    globalThis.misuse = async (call, args, options = []) => {
      const wrong = [];
      const attempt = async (what, args) => {
        try {
          await call(...args);
        } catch (error) {
          if (error instanceof t.maskrcnn.MaskRcnnError && error.code !== 'internal') return;
          wrong.push(`${what}: ${error}`);
        }
      };
      await attempt('no arguments', []);
      for (const [name, value] of Object.entries(odd)) {
        for (const i of args.keys()) await attempt(`argument ${i} is ${name}`, args.toSpliced(i, 1, value));
        for (const option of options) {
          const last = { ...args.at(-1), [option]: value };
          await attempt(`${option} is ${name}`, [...args.slice(0, -1), last]);
        }
      }
      return wrong;
    };
  });
});
after(() => stand.tearDown());

const REGION = ['classes', 'excludeClasses', 'scoreThreshold', 'margin', 'invert'];
const SEGMENT = ['classes', 'excludeClasses', 'scoreThreshold', 'maxDetections', 'signal'];
const MASK = ['x', 'y', 'width', 'height', 'data', 'imageSize', 'probabilities', 'box'];

// By the exported name, and for a class by its methods: a call that is right, and the options that its last argument has.
const calls = {
  blur: ['(...args) => t.maskrcnn.blur(...args)', '[canvas(), picture, result, {}]', ['radius', ...REGION]],
  pixelate: ['(...args) => t.maskrcnn.pixelate(...args)', '[canvas(), picture, result, {}]', ['blockSize', ...REGION]],
  redact: ['(...args) => t.maskrcnn.redact(...args)', '[canvas(), picture, result, {}]', ['color', ...REGION]],
  replaceBackground: [
    '(...args) => t.maskrcnn.replaceBackground(...args)',
    '[canvas(), picture, result, {}]',
    ['background', ...REGION],
  ],
  draw: [
    '(...args) => t.maskrcnn.draw(...args)',
    '[canvas(), picture, result, {}]',
    ['scoreThreshold', 'fillOpacity', 'showBoxes', 'showLabels', 'fontSize', 'colors', 'highlight'],
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
  cutOut: ['(...args) => t.maskrcnn.cutOut(...args)', '[t.plainPicture(40, 20), detection(), {}]', ['soft']],
  convert: [
    '(...args) => t.maskrcnn.convert(...args)',
    '[noModel, {}]',
    ['precision', 'labels', 'worker', 'wasm', 'signal', 'onProgress'],
  ],
  Mask: [
    '(fields) => new t.maskrcnn.Mask(fields)',
    '[{ x: 0, y: 0, width: 1, height: 1, data: new Uint8Array(1), imageSize: { width: 4, height: 3 } }]',
    MASK,
  ],
  'Mask.fromRle': ['(rle) => t.maskrcnn.Mask.fromRle(rle)', "[{ size: [4, 3], counts: '0<' }]", ['size', 'counts']],
  'Mask.fromRle, its runs': ['(...runs) => t.maskrcnn.Mask.fromRle({ size: [4, 3], counts: runs })', '[6, 6]'],
  'Mask.fromRle, its size': ['(...size) => t.maskrcnn.Mask.fromRle({ size, counts: [12] })', '[4, 3]'],
  'Mask.has': ['(...args) => mask().has(...args)', '[3, 5]'],
  'Mask.toImageData': ['(...args) => mask().toImageData(...args)', '[[1, 2, 3, 4]]'],
  'Mask.toImageData, its colour': ['(...color) => mask().toImageData(color)', '[1, 2, 3, 4]'],
  'Mask.toPolygons': ['(...args) => mask().toPolygons(...args)', '[{}]', ['tolerance']],
  'Mask.toSvgPath': ['(...args) => mask().toSvgPath(...args)', '[{}]', ['tolerance']],
  SegmentResult: [
    '(fields) => new t.maskrcnn.SegmentResult(fields)',
    '[{ ...result }]',
    ['width', 'height', 'detections', 'timing', 'inspection'],
  ],
  'SegmentResult.from': [
    '(plain) => t.maskrcnn.SegmentResult.from(plain)',
    '[structuredClone(result)]',
    ['width', 'height', 'detections', 'timing', 'inspection'],
  ],
  'SegmentResult.from, a detection': [
    '(one) => t.maskrcnn.SegmentResult.from({ ...result, detections: [one] })',
    '[structuredClone(detection())]',
    ['label', 'classId', 'score', 'box', 'mask'],
  ],
  'SegmentResult.at': ['(...args) => result.at(...args)', '[3, 5]'],
  'SegmentResult.filter': ['(...args) => result.filter(...args)', '[{}]', [...SEGMENT]],
  'SegmentResult.toCoco': ['(...args) => result.toCoco(...args)', '[{ imageId: 1 }]', ['imageId', 'categoryIds']],
  'SegmentResult.toCsv': ['(...args) => result.toCsv(...args)', '[{ pixelSize: 1 }]', ['pixelSize', 'unit']],
  'SegmentResult.toSvg': ['(...args) => result.toSvg(...args)', '[{}]', ['colors', 'fillOpacity', 'tolerance']],
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
      'nothingOfThatName',
    ],
  ],
  'Segmenter.segment': ['(...args) => segmenter.segment(...args)', '[picture, {}]', SEGMENT],
  'Segmenter.segmentAll': ['(...args) => t.all(segmenter.segmentAll(...args))', '[[picture], {}]', SEGMENT],
  'Segmenter.stream': [
    '(...args) => segmenter.stream(...args).next()',
    '[document.createElement("canvas"), {}]',
    ['signal'],
  ],
  profile: ['(...args) => t.debug.profile(...args)', '[segmenter, picture, {}]', ['signal']],
};

describe('whatever is handed to', () => {
  for (const [name, [call, args, options]] of Object.entries(calls)) {
    test(`${name}, what is thrown is typed`, async () => {
      const wrong = await page.evaluate(`misuse(${call}, ${args}, ${JSON.stringify(options ?? [])})`);
      assert.deepEqual(wrong, []);
    });
  }

  test('the package: no exported function is missing here', async () => {
    const exported = await page.evaluate(() => {
      const names = [];
      for (const [name, value] of Object.entries({ ...t.maskrcnn, ...t.debug })) {
        if (typeof value !== 'function' || value.prototype instanceof Error) continue;
        names.push(name);
        const methods = value.prototype ? Object.getOwnPropertyDescriptors(value.prototype) : {};
        for (const [method, { value: body }] of Object.entries(methods)) {
          if (method !== 'constructor' && body?.length > 0) names.push(`${name}.${method}`);
        }
      }
      return names;
    });
    assert.ok(exported.includes('draw') && exported.includes('Mask.has'), exported.join());
    assert.deepEqual(
      exported.filter((name) => !(name in calls)),
      [],
    );
  });
});

describe('whose mistake it is, and what to do, is said for', () => {
  const said = {
    'Segmenter.load()': ['t.maskrcnn.Segmenter.load()', /load\(\) takes \{ model \}/],
    'Segmenter.load({})': ['t.maskrcnn.Segmenter.load({})', /load\(\) needs a model/],
    'new Segmenter()': ['new t.maskrcnn.Segmenter()', /Segmenter\.load/],
    'an AbortController for a signal': [
      't.maskrcnn.Segmenter.load({ model: noModel, signal: new AbortController() })',
      /give the controller's `signal`/,
    ],
    'toCoco()': ['result.toCoco()', /\{ imageId \}, must be an object, not undefined/],
    'toCoco({})': ['result.toCoco({})', /imageId must say what the data set calls the image/],
    'at()': ['result.at()', /x must be a number of pixels, not undefined/],
    'classes that are no list': [
      "result.filter({ classes: 'cell' })",
      /classes must be an array of strings, not a string/,
    ],
    'a clone that is drawn': ['t.maskrcnn.draw(canvas(), null, structuredClone(result))', /SegmentResult\.from\(\)/],
    'the JSON of a result that is drawn': [
      't.maskrcnn.draw(canvas(), null, JSON.parse(JSON.stringify(result)))',
      /mask of detection 0 is not a Mask/,
    ],
    'a mask of 0 and 255': ['mask({ data: new Uint8Array(64).fill(255) })', /0 or 1, not 255/],
    'a Blob that is drawn': ['t.maskrcnn.draw(canvas(), noModel, result)', /createImageBitmap\(blob\)/],
    'a block that never ends': [
      't.maskrcnn.pixelate(canvas(), picture, result, { blockSize: Infinity })',
      /blockSize must be a number above 0, not Infinity/,
    ],
    'an endless blur': ['t.maskrcnn.blur(canvas(), picture, result, { radius: 1 / 0 })', /radius must be a number/],
    'one picture for many': [
      't.all(segmenter.segmentAll(picture))',
      /segmentAll takes a list of images, not Offscreen/,
    ],
    'a result in the place of the image': [
      't.maskrcnn.draw(canvas(), result)',
      /draw\(canvas, image, result, options\)/,
    ],
    'an option of draw that is an argument now': [
      't.maskrcnn.draw(canvas(), null, result, { source: picture })',
      /`source` has moved: write `draw\(canvas, image, result\)`/,
    ],
    'a filter of another name': ['result.filter({ labels: ["cell"] })', /`labels` has moved: write `classes`/],
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
    pixelate: '(canvas) => t.maskrcnn.pixelate(canvas, picture, result)',
    blur: '(canvas) => t.maskrcnn.blur(canvas, picture, result)',
    redact: '(canvas) => t.maskrcnn.redact(canvas, picture, result)',
    replaceBackground: '(canvas) => t.maskrcnn.replaceBackground(canvas, picture, result)',
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

  test('is an error, too, where a picture that is not there is to be drawn on it', async () => {
    const codes = await page.evaluate(async () => {
      const closed = await createImageBitmap(picture);
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
