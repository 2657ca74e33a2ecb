"""Times `maskrcnn predict` on mosaics, cut into tiles, beside the fields that they were put together from.

native.py MASKRCNN FOLDER SIDE... [-- OPTIONS]   FOLDER is what mosaic.py made; OPTIONS go to `predict` for the mosaic.
Prints, for each, the objects, the mask AP and AP50 of COCO without a limit on detections, TP, FP and FN at an IoU of 0.5
and a score of 0.5, the processor time, which other work on the machine hardly changes, and the peak memory; then the ratio of
the times. Fields and mosaic are done twice, in turns.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

ROUNDS = 2


def predict(command, pictures, options):
    """What `predict` wrote about the pictures, its processor time, and the most memory that it had, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        arguments = [command, "predict", "--backend", "cpu", str(pictures), "--json", str(out), *options]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(arguments)}: exit status {os.waitstatus_to_exitcode(status)}")
        return json.loads(out.read_text())["pictures"], usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def accuracy(ground_truth, pictures):
    results = [
        {"image_id": k + 1, "category_id": 1, **{key: found[key] for key in ("bbox", "score", "segmentation")}}
        for k, picture in enumerate(pictures)
        for found in picture["detections"]
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(ground_truth))
        truth.dataset.setdefault("info", {})
        scores = COCOeval(truth, truth.loadRes(results), "segm")
        scores.params.maxDets = [1, 100, 100_000]
        scores.evaluate()
        scores.accumulate()
    precision = scores.eval["precision"][:, :, 0, 0, 2]
    true_positives = sum(matches(truth, results, image) for image in truth.getImgIds())
    return {
        "AP": round(float(precision[precision > -1].mean()), 3),
        "AP50": round(float(precision[0][precision[0] > -1].mean()), 3),
        "TP": true_positives,
        "FP": len(results) - true_positives,
        "FN": len(truth.anns) - true_positives,
    }


def matches(truth, results, image):
    """How many objects of an image are found, the best scores first."""
    found = sorted((r for r in results if r["image_id"] == image), key=lambda result: -result["score"])
    objects = [annotation["segmentation"] for annotation in truth.imgToAnns[image]]
    if not found or not objects:
        return 0
    overlaps = masks.iou([result["segmentation"] for result in found], objects, [0] * len(objects))
    for row in overlaps:
        best = row.argmax()
        if row[best] >= 0.5:
            overlaps[:, best] = 0
            row[:] = 0
            row[best] = 2
    return int((overlaps == 2).sum())


def report(name, ground_truth, pictures, seconds, memory):
    count = sum(len(picture["detections"]) for picture in pictures)
    figures = {"objects": count, **accuracy(ground_truth, pictures), "seconds": round(seconds, 1)}
    how = {key: pictures[0][key] for key in ("scale", "diameter", "tiles") if len(pictures) == 1 and key in pictures[0]}
    print(json.dumps({"image": name, **how, **figures, "peakMemoryMb": round(memory)}), flush=True)


def main():
    arguments = sys.argv[1:]
    options = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    command, folder, *sides = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for side in sides:
        ratios, times = [], {}
        for _ in range(ROUNDS):
            for name, pictures, extra in (
                (f"pieces{side}", f"pieces{side}", []),
                (f"mosaic{side}", f"mosaic{side}/mosaic.png", options),
            ):
                found, seconds, memory = predict(command, Path(folder) / pictures, extra)
                times.setdefault(name, []).append((seconds, found, memory))
        for name, runs in times.items():
            seconds, found, memory = min(runs, key=lambda run: run[0])
            report(name, Path(folder) / f"{name}.json", found, seconds, memory)
            ratios.append(seconds)
        print(json.dumps({"side": int(side), "ratio": round(ratios[1] / ratios[0], 3)}), flush=True)


if __name__ == "__main__":
    main()
