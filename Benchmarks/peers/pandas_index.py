"""pandas: the manifest of an OpenImages table, read by pyarrow.

    python -m peers.pandas_index --dataset DIR --output FILE

Pictures are taken to be there and 1024 × 768; boxes of 2 to 80 % of the picture are kept.
"""

import argparse

import numpy
import pandas

from .protocol import Work, serve

WIDTH, HEIGHT = 1024, 768
COLUMNS = ["ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"]


class IndexWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def run(self, case: str):
        table = pandas.read_csv(
            f"{self.options.dataset}/annotations/oidv6-train-annotations-bbox.csv",
            usecols=COLUMNS,
            engine="pyarrow",
            dtype_backend="pyarrow",
        )
        table = self.kept(table)
        codes, names = pandas.factorize(table["ImageID"])
        order = numpy.argsort(codes, kind="stable")
        ends = numpy.cumsum(numpy.bincount(codes, minlength=len(names)))
        self.write(table.iloc[order], names, ends)
        return lambda: {
            "pictures": numpy.array([len(names)], dtype=numpy.float32),
            "boxes": numpy.array([len(table)], dtype=numpy.float32),
        }

    @staticmethod
    def kept(table: pandas.DataFrame) -> pandas.DataFrame:
        """Boxes inside the picture, cut at its border, of a usable size."""
        sides = [table[name].to_numpy(dtype=numpy.float64) for name in COLUMNS[2:]]
        x0, x1, y0, y1 = sides
        good = (x1 > x0) & (y1 > y0) & (x1 > 0) & (y1 > 0) & (x0 < 1) & (y0 < 1)
        x0, x1, y0, y1 = (numpy.clip(side, 0, 1) for side in sides)
        area = (x1 - x0) * (y1 - y0)
        good &= (area >= 0.02) & (area <= 0.8)
        result = table.loc[good, ["ImageID", "LabelName"]]
        for name, side, size in zip(
            COLUMNS[2:], (x0, x1, y0, y1), (WIDTH, WIDTH, HEIGHT, HEIGHT)
        ):
            result[name] = (side[good] * size).astype(numpy.float32)
        return result

    def write(self, table: pandas.DataFrame, names, ends: numpy.ndarray) -> None:
        columns = (table[name].to_list() for name in ("XMin", "YMin", "XMax", "YMax"))
        boxes = [f"[{a:.6g}, {b:.6g}, {c:.6g}, {d:.6g}]" for a, b, c, d in zip(*columns)]
        labels = [f'"{label}"' for label in table["LabelName"].to_list()]
        start = 0
        with open(self.options.output, "w", buffering=1 << 20) as file:
            for name, end in zip(names.tolist() if hasattr(names, "tolist") else names, ends):
                file.write(
                    f'{{"image": "images/train/{name}.jpg", "width": {WIDTH}, "height": {HEIGHT}, '
                    f'"boxes": [{", ".join(boxes[start:end])}], '
                    f'"labels": [{", ".join(labels[start:end])}]}}\n'
                )
                start = end


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    serve(lambda: IndexWork(options))
