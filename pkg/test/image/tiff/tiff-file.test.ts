import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTiff, type PlaneOptions, type TiffFile } from '../../../src/tiff.ts';
import { isInvalid } from '../../fixtures.ts';
import { buildTiff, long, plainPage, rational, short } from './tiff-builder.ts';

/** A file of pages of 3×2 pixels; all samples of a page are its number. */
const stack = (count: number, description?: string) =>
  buildTiff({
    pages: Array.from({ length: count }, (_, page) =>
      plainPage(3, 2, new Uint8Array(6).fill(page), page === 0 && description ? { 270: description } : {}),
    ),
  });

/** The first sample of each channel of a plane. */
async function firstOf(file: TiffFile, options: PlaneOptions = {}): Promise<number[]> {
  const { data, channels = 0, layout } = await file.plane(options).read({ x: 0, y: 0, width: 3, height: 2 });
  return Array.from({ length: channels }, (_, channel) => data[layout === 'planar' ? channel * 6 : channel]);
}

const ome = (pixels: string, content = '') =>
  `<?xml version="1.0"?><!-- <OME> --><ome:OME xmlns:ome="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1">
   <ome:Image ID="Image:0"><ome:Pixels ID="Pixels:0" Type="uint8" SizeX="3" SizeY="2" ${pixels}>${content}</ome:Pixels></ome:Image></ome:OME>`;

describe('a file without axes', async () => {
  const file = await openTiff(stack(5));

  test('has pages', async () => {
    const { width, height, channels, pages, z, t, format } = file;
    assert.deepEqual(
      { width, height, channels, pages, z, t, format },
      {
        ...{ width: 3, height: 2, channels: 1, pages: 5, z: 1, t: 1, format: 'TIFF' },
      },
    );
    assert.deepEqual(await firstOf(file), [0]);
    assert.deepEqual(await firstOf(file, { page: 4 }), [4]);
  });

  test('says which pages there are', () => {
    assert.throws(() => file.plane({ page: 5 }), isInvalid(/there is no page 5: the TIFF file has 0 to 4/));
    assert.throws(() => file.plane({ z: 2 }), isInvalid(/no z 2: .* names no such axis; it has 5 pages, .* 0 to 4/));
    assert.throws(() => file.plane({ t: 1 }), isInvalid(/there is no t 1: /));
    assert.throws(() => file.plane({ level: 1 }), isInvalid(/there is no level 1: the TIFF file has only 0/));
  });

  test('is projected over its pages', async () => assert.deepEqual(await firstOf(file, { projection: 'max' }), [4]));

  test('refuses options that contradict each other', () => {
    assert.throws(() => file.plane({ page: 0, z: 0 }), isInvalid(/either page or z/));
    assert.throws(() => file.plane({ z: 0, projection: 'max' }), isInvalid(/either z or projection/));
    assert.throws(() => file.plane({ page: -1 }), isInvalid(/page must be a whole number of 0 or more/));
    assert.throws(() => file.plane({ projection: 'mean' as never }), isInvalid(/projection must be 'max'/));
  });
});

describe('ImageJ’s axes', () => {
  test('are channels, then z, then time', async () => {
    const file = await openTiff(
      stack(12, 'ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n'),
    );
    assert.deepEqual([file.channels, file.z, file.t, file.pages, file.format], [2, 3, 2, 6, 'ImageJ']);
    assert.deepEqual(await firstOf(file), [0, 1]);
    assert.deepEqual(await firstOf(file, { z: 2, t: 1 }), [10, 11]);
    assert.deepEqual(await firstOf(file, { projection: 'max' }), [4, 5]);
    assert.deepEqual(await firstOf(file, { projection: 'max', t: 1 }), [10, 11]);
    assert.deepEqual(await firstOf(file, { page: 4 }), [8, 9]);
    assert.throws(() => file.plane({ page: 6 }), isInvalid(/there is no page 6: the TIFF file has 0 to 5/));
    assert.throws(() => file.plane({ z: 3 }), isInvalid(/there is no z 3: the TIFF file has 0 to 2/));
    assert.throws(() => file.plane({ t: 2 }), isInvalid(/there is no t 2: the TIFF file has 0 to 1/));
  });

  test('are pages where only their number is known, or some were taken out', async () => {
    for (const axes of ['images=4', 'images=12\nchannels=4\nslices=3', 'images=4\nchannels=4\nslices=3']) {
      const file = await openTiff(stack(4, `ImageJ=1.54f\n${axes}\n`));
      assert.deepEqual([file.channels, file.z, file.pages], [1, 1, 4], axes);
    }
  });

  test('may be those of planes behind the only page', async () => {
    const page = plainPage(
      3,
      2,
      Uint8Array.from({ length: 24 }, (_, at) => Math.floor(at / 6)),
      {
        270: 'ImageJ=1.54f\nimages=4\nslices=4\n',
        279: long(6),
      },
    );
    const file = await openTiff(buildTiff({ pages: [page] }));
    assert.deepEqual([file.z, file.pages], [4, 4]);
    assert.deepEqual(await firstOf(file, { z: 3 }), [3]);
    const longer = { ...page, tags: { ...page.tags, 270: 'ImageJ=1.54f\nimages=900000000\n' } };
    await assert.rejects(openTiff(buildTiff({ pages: [longer] })), isInvalid(/900000000 planes of 6 bytes/));
  });
});

describe('OME’s axes', () => {
  test('are in the order that the metadata say', async () => {
    for (const [order, z1, c1] of [
      ['XYCZT', 2, 1],
      ['XYZCT', 1, 3],
      ['XYTZC', 2, 6],
    ] as const) {
      const file = await openTiff(stack(12, ome(`DimensionOrder="${order}" SizeC="2" SizeZ="3" SizeT="2"`)));
      assert.deepEqual([file.channels, file.z, file.t, file.format], [2, 3, 2, 'OME-TIFF']);
      assert.deepEqual(await firstOf(file), [0, c1], order);
      assert.deepEqual(await firstOf(file, { z: 1 }), [z1, z1 + c1], order);
    }
  });

  test('follow the places of the planes', async () => {
    const blocks = `<ome:TiffData IFD="2" FirstC="0" PlaneCount="1"/><ome:TiffData IFD="0" FirstC="1" FirstZ="0"/>
      <ome:TiffData IFD="1" FirstC="0" FirstZ="1"/>`;
    const file = await openTiff(stack(3, ome('DimensionOrder="XYCZT" SizeC="2" SizeZ="2" SizeT="1"', blocks)));
    assert.deepEqual(await firstOf(file), [2, 0]);
    assert.throws(() => file.plane({ z: 1 }), isInvalid(/channel 1 at z 1 and t 0 is not in this TIFF file/));
  });

  test('of several images follow each other, each with its own', async () => {
    const image = (pixels: string, content = '') =>
      `<Image><Pixels DimensionOrder="XYZCT" ${pixels}>${content}</Pixels></Image>`;
    const names = '<Channel Name="a"/><Channel Name="b"/>';
    for (const blocks of [false, true]) {
      const place = (content: string) => (blocks ? content : '');
      const text = `<OME>${image('SizeC="1" SizeZ="2" SizeT="2" PhysicalSizeX="0.5"', place('<TiffData PlaneCount="4"/>'))}
        ${image('SizeC="2" SizeZ="3" PhysicalSizeX="0.25"', names + place('<TiffData IFD="4" PlaneCount="6"/>'))}
        ${image('SizeC="1"', place('<TiffData/>'))}</OME>`;
      const file = await openTiff(stack(11, text));
      assert.deepEqual([file.pages, file.z, file.t, file.channels, file.pixelSize], [8, 2, 2, 1, 0.5]);
      assert.deepEqual(await firstOf(file, { page: 3 }), [3]);
      assert.deepEqual(await firstOf(file, { page: 4 }), [4, 7]);
      assert.deepEqual(await firstOf(file, { page: 6 }), [6, 9]);
      assert.deepEqual(await firstOf(file, { page: 7 }), [10]);
      assert.throws(() => file.plane({ page: 8 }), isInvalid(/there is no page 8: the TIFF file has 0 to 7/));
      const { channelNames, pixelSize } = file.plane({ page: 5 });
      assert.deepEqual([channelNames, pixelSize, file.plane({ page: 7 }).pixelSize], [['a', 'b'], 0.25, undefined]);
    }
  });

  test('leave images and planes in other files out', async () => {
    const block = (uuid: number, attributes: string) =>
      `<TiffData ${attributes}><UUID FileName="${uuid}.tif">urn:uuid:${uuid}</UUID></TiffData>`;
    const pixels = 'DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="1"';
    const apart = await openTiff(stack(1, ome(pixels, block(2, 'FirstC="1"') + block(1, 'FirstC="0"'))));
    assert.deepEqual([apart.format, apart.channels, apart.pages], ['OME-TIFF', 1, 1]);
    const image = (uuid: number) =>
      `<Image><Pixels ${pixels}>${block(uuid, 'PlaneCount="2" IFD="0"')}</Pixels></Image>`;
    const second = await openTiff(stack(2, `<OME UUID="urn:uuid:1">${image(2)}${image(1)}${image(3)}</OME>`));
    assert.deepEqual([second.channels, second.pages, ...(await firstOf(second))], [2, 1, 0, 1]);
  });

  test('have names and pixel sizes', async () => {
    const open = (pixels: string, content = '') =>
      openTiff(stack(2, ome(`DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="1" ${pixels}`, content)));
    const names = '<ome:Channel Name=\'DAPI &amp; &#181;\'/><ome:Channel Name="GFP"></ome:Channel>';
    assert.deepEqual((await open('', names)).channelNames, ['DAPI & µ', 'GFP']);
    assert.equal((await open('', '<Channel Name="DAPI"/><Channel/>')).channelNames, undefined);
    for (const [size, unit, wanted] of [
      ['0.108', undefined, 0.108],
      ['108', 'nm', 0.108],
      ['0.000108', 'mm', 0.108],
      ['1', 'pixel', undefined],
      ['0', 'µm', undefined],
      ['wide', 'µm', undefined],
    ] as const) {
      const attributes = `PhysicalSizeX="${size}"${unit ? ` PhysicalSizeXUnit="${unit}"` : ''}`;
      const { pixelSize } = await open(attributes);
      assert.ok(
        wanted === undefined ? pixelSize === undefined : Math.abs((pixelSize ?? 0) - wanted) < 1e-9,
        attributes,
      );
    }
    assert.equal((await open('PhysicalSizeX="0.1" PhysicalSizeY="0.2"')).pixelSize, undefined);
  });

  test('are ignored where they are not valid', async () => {
    for (const text of [
      ome('DimensionOrder="XYQ" SizeC="2"'),
      ome('SizeC="0"'),
      ome('SizeC="1000000000"'),
      ome('SizeZ="9000000000000000"'),
      '<OME',
      '<OME><Image></OME>',
      '<OME/>',
    ]) {
      const file = await openTiff(stack(2, text));
      assert.deepEqual([file.channels, file.z, file.pages], [1, 1, 2], text);
    }
  });
});

describe('the axes of Python’s tifffile', () => {
  test('are those that it names', async () => {
    const file = await openTiff(stack(12, '{"shape": [3, 2, 2, 2, 3], "axes": "ZTCYX"}'));
    assert.deepEqual([file.channels, file.z, file.t, file.pages], [2, 3, 2, 6]);
    assert.deepEqual(await firstOf(file, { z: 1, t: 1 }), [6, 7]);
  });

  test('are left out where it names no axes, or others', async () => {
    for (const axes of ['', ', "axes": "QQCYX"', ', "axes": "CYX"', ', "axes": 7', ', "axes": "TTCYX"']) {
      const file = await openTiff(stack(12, `{"shape": [3, 2, 2, 2, 3]${axes}}`));
      assert.deepEqual([file.channels, file.z, file.pages], [1, 1, 12], axes);
    }
    assert.equal((await openTiff(stack(1, '{"shape": [1e400, null'))).pages, 1);
  });
});

describe('the size of pixels', () => {
  const open = (tags: Parameters<typeof plainPage>[3]) =>
    openTiff(buildTiff({ pages: [plainPage(3, 2, new Uint8Array(6), tags)] }));
  const resolution = (x: [number, number], unit: number, y = x) => ({
    ...{ 282: rational(...x), 283: rational(...y), 296: short(unit) },
  });

  test('comes from the resolution where that is a microscope’s', async () => {
    assert.equal((await open(resolution([20_000, 1], 3))).pixelSize, 0.5);
    assert.equal((await open(resolution([50_800, 1], 2))).pixelSize, 0.5);
  });

  for (const [what, tags] of [
    ['72 dots an inch', resolution([72, 1], 2)],
    ['300 dots an inch', resolution([300, 1], 2)],
    ['one pixel of no unit', resolution([1, 1], 1)],
    ['a hundredth of a pixel a centimetre', resolution([1, 100], 3)],
    ['a resolution of no unit', resolution([20_000, 1], 1)],
    ['no number', resolution([0, 0], 3)],
    ['an infinite number', resolution([1, 0], 3)],
    ['pixels that are not square', resolution([20_000, 1], 3, [10_000, 1])],
  ] as const) {
    test(`does not come from ${what}`, async () => assert.equal((await open(tags)).pixelSize, undefined));
  }

  test('comes from ImageJ’s unit', async () => {
    const size = async (unit: string, x: [number, number] = [4, 1]) =>
      (await open({ ...resolution(x, 1), 270: `ImageJ=1.54f\nunit=${unit}\n` })).pixelSize;
    for (const unit of ['micron', 'um', 'µm', '\\u00B5m', 'Micrometers']) assert.equal(await size(unit), 0.25, unit);
    assert.equal(await size('nm', [1, 65]), 0.065);
    assert.equal(await size('mm', [10_000, 1]), 0.1);
    for (const unit of ['pixel', '', 'furlong']) assert.equal(await size(unit), undefined, unit);
  });
});

describe('pyramids', () => {
  const page = (width: number, tags = {}) => plainPage(width, width, new Uint8Array(width * width).fill(width), tags);

  test('are the reduced pages behind a page', async () => {
    const pages = [
      page(64, { 282: rational(20_000, 1), 296: short(3) }),
      page(32, { 254: long(1) }),
      page(16, { 254: long(1) }),
      page(20),
    ];
    const file = await openTiff(buildTiff({ pages }));
    assert.deepEqual(
      file.levels.map(({ width }) => width),
      [64, 32, 16],
    );
    assert.equal(file.pages, 2);
    const half = file.plane({ level: 1 });
    assert.deepEqual([half.width, half.pixelSize], [32, 1]);
    assert.deepEqual([...(await half.read({ x: 31, y: 31, width: 1, height: 1 })).data], [32]);
    assert.equal(file.plane({ page: 1 }).width, 20);
  });

  test('are the directories that a page lists', async () => {
    const file = await openTiff(
      buildTiff({
        pages: [
          { ...page(64), children: [page(32), page(16)] },
          { ...page(64), children: [page(32), page(16)] },
        ],
      }),
    );
    assert.deepEqual(
      file.levels.map(({ width }) => width),
      [64, 32, 16],
    );
    assert.deepEqual([file.pages, file.plane({ page: 1, level: 2 }).width], [2, 16]);
  });

  test('are those that all channels have', async () => {
    const description = 'ImageJ=1.54f\nimages=2\nchannels=2\n';
    const pages = [
      { ...page(64, { 270: description }), children: [page(32), page(16)] },
      { ...page(64), children: [page(32)] },
    ];
    const file = await openTiff(buildTiff({ pages }));
    assert.deepEqual([file.channels, file.levels.length, file.plane({ level: 1 }).channels], [2, 2, 2]);
    assert.throws(() => file.plane({ level: 2 }), isInvalid(/there is no level 2/));
  });

  test('have no thumbnails of another kind', async () => {
    const thumbnail = plainPage(32, 32, new Uint8Array(32 * 32 * 3), { 254: long(1), 277: short(3), 262: short(2) });
    const file = await openTiff(buildTiff({ pages: [page(64), thumbnail] }));
    assert.deepEqual([file.pages, file.levels.length], [1, 1]);
  });

  test('of Aperio’s slides leave thumbnail, label and macro image out', async () => {
    const tiled = (width: number, tags = {}) => ({
      tags: { ...page(width).tags, 322: short(16), 323: short(16), ...tags },
      blocks: Array.from({ length: (width / 16) ** 2 }, () => new Uint8Array(256)),
    });
    const pages = [
      tiled(64, { 270: 'Aperio Image Library v11\r\n64x64 |AppMag = 20|MPP = 0.4990' }),
      page(24),
      tiled(32),
      { ...page(12), tags: { ...page(12).tags, 254: long(1) } },
      { ...page(14), tags: { ...page(14).tags, 254: long(9) } },
    ];
    const file = await openTiff(buildTiff({ pages }));
    assert.deepEqual([file.format, file.pages, file.pixelSize], ['SVS', 1, 0.499]);
    assert.deepEqual(
      file.levels.map(({ width }) => width),
      [64, 32],
    );
  });
});
