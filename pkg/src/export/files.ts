/** All that needs the module for objects: a script of its own, which is loaded when it is first needed. */

export { cocoFileOf } from './coco-file.js';
export { csvOf } from './csv.js';
export { geoJsonOf } from './geojson.js';
export { imageJRoisOf } from './imagej-rois.js';
export { labelImageOf } from './label-image.js';
export { measure } from './measure.js';
