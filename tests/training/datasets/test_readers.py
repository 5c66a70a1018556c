"""Each data set in its exact form on disk, small, with good and bad records."""

from __future__ import annotations

import bz2
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from training.datasets import Ledger, Record
from training.datasets.coco import read_coco
from training.datasets.errors import BadDataSet
from training.datasets.filters import LAION_5B, LAION_400M, Wanted, choose
from training.datasets.laion import read_laion
from training.datasets.tables import read_conceptual, read_yfcc
from training.datasets.visual_genome import read_regions
from training.datasets.webdataset import read_tar


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


COCO = {
    "info": {"year": 2017},
    "images": [
        {
            "license": 3,
            "file_name": "000000391895.jpg",
            "coco_url": "http://images.cocodataset.org/train2017/000000391895.jpg",
            "height": 360,
            "width": 640,
            "date_captured": "2013-11-14 11:18:45",
            "flickr_url": "http://farm9.staticflickr.com/8186/8119368305_4e622c8349_z.jpg",
            "id": 391895,
        },
        {"file_name": "no-id.jpg"},
    ],
    "licenses": [{"url": "http://creativecommons.org/licenses/by-nc-nd/2.0/", "id": 3, "name": "Attribution"}],
    "annotations": [
        {"image_id": 391895, "id": 770337, "caption": "A man with a red helmet on a small moped. "},
        {"image_id": 1, "id": 2, "caption": "nobody"},
        {"image_id": 391895, "id": 3, "caption": ""},
        "what",
        {"image_id": 391895, "id": 771687, "caption": "Man riding a motor bike."},
    ],
}


def test_coco_gives_a_record_for_each_caption_and_names_the_bad_ones(tmp_path: Path) -> None:
    ledger = Ledger()
    records = list(read_coco(write(tmp_path / "captions.json", COCO), ledger, tmp_path / "train2017"))
    assert records[0] == Record(
        id="770337",
        captions=("A man with a red helmet on a small moped.",),
        path=tmp_path / "train2017/000000391895.jpg",
        url="http://images.cocodataset.org/train2017/000000391895.jpg",
        width=640,
        height=360,
        language="en",
        licence="http://creativecommons.org/licenses/by-nc-nd/2.0/",
        extra={"image_id": 391895, "file_name": "000000391895.jpg"},
    )
    assert [r.id for r in records] == ["770337", "771687"]
    assert ledger.summary().splitlines() == [
        "2 records read, 4 bad ones left out.",
        "captions.json, image 1: id is None; it should be a number",
        "captions.json, annotation 1: image 1 is not in the list of images",
        "captions.json, annotation 2: caption is ''; it should be text",
        "captions.json, annotation 3: this is no object",
    ]


@pytest.mark.parametrize("content", ["{}", "[1, 2]", '{"images": [{"id": 1, "file'])
def test_a_file_that_is_not_coco_or_cut_off_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadDataSet, match=r"captions\.json"):
        list(read_coco(write(tmp_path / "captions.json", content), Ledger()))


def test_visual_genome_gives_a_record_for_each_region_in_both_spellings(tmp_path: Path) -> None:
    region = {"region_id": 1353, "x": 117, "y": 79, "width": 249, "height": 107, "phrase": "a cat sitting on a table."}
    images = [
        {"image_id": 2407890, "regions": [region, {**region, "region_id": 1354, "phrase": None}]},
        {"id": 61512, "regions": [{**region, "image_id": 61512, "region_id": 9, "x": -2}]},
        {"id": 3},
    ]
    about = [{"image_id": 2407890, "url": "https://cs.stanford.edu/2407890.jpg", "width": 500, "height": 281}]
    pictures = tmp_path / "VG_100K_2"
    pictures.mkdir()
    (pictures / "61512.jpg").write_bytes(b"x")
    ledger = Ledger()
    records = list(
        read_regions(write(tmp_path / "r.json", images), ledger, tmp_path, write(tmp_path / "image_data.json", about))
    )
    assert [(r.id, r.caption, r.box, r.width, r.url) for r in records] == [
        ("1353", "a cat sitting on a table.", (117, 79, 249, 107), 500, "https://cs.stanford.edu/2407890.jpg"),
        ("9", "a cat sitting on a table.", (0, 79, 249, 107), None, ""),
    ]
    assert records[1].path == pictures / "61512.jpg"
    assert ledger.examples == [
        "r.json, image 0, region 1354: phrase is None; it should be text",
        "r.json, image 2: it has no list of regions",
    ]


def test_conceptual_captions_are_read_in_the_order_of_either_edition(tmp_path: Path) -> None:
    header = "caption\turl\n"
    good = "a very typical bus station\thttp://lh6.ggpht.com/a.jpg\n\nhttps://b.org/b.jpg\ta dog\n"
    lines = f"{header}{good}no tab\nx\ty\n"
    ledger = Ledger()
    records = list(read_conceptual(write(tmp_path / "cc.tsv", lines), ledger))
    assert [(r.caption, r.url) for r in records] == [
        ("a very typical bus station", "http://lh6.ggpht.com/a.jpg"),
        ("a dog", "https://b.org/b.jpg"),
    ]
    assert ledger.examples == [
        "cc.tsv, line 5: it should be a caption and an address with a tab between them",
        "cc.tsv, line 6: neither column is an address",
    ]


YFCC = [
    *("6185218911", "39019111@N00", "gucks+xzs", "2012-02-16 09:56:37.0", "1331840483", "Canon+PowerShot"),
    *("Key+West", "My%20vacation%2C+day+2", "sea,canon+hs", "", "-81.804885", "24.550558", "12"),
    *("http://www.flickr.com/photos/39019111@N00/6185218911/", "http://farm8.staticflickr.com/7205/6185218911.jpg"),
    *("Attribution License", "http://creativecommons.org/licenses/by/2.0/", "7205", "8", "df7747990d", "692d7e0a7f"),
    *("jpg", "0"),
]


def test_yfcc_is_read_with_and_without_row_numbers_from_bzip2_and_videos_are_left_out(tmp_path: Path) -> None:
    long = ["0", YFCC[0], "4e2f7a26a1dfbf165a7e30bdabf7e72a", *YFCC[1:]]
    video, silent = [*YFCC[:-1], "1"], [*YFCC[:6], "", "", *YFCC[8:]]
    text = "\n".join("\t".join(cells) for cells in (YFCC, long, video, silent, ["a", "b"]))
    path = tmp_path / "yfcc100m_dataset.bz2"
    path.write_bytes(bz2.compress(text.encode()))
    ledger = Ledger()
    records = list(read_yfcc(path, ledger))
    assert records[0] == records[1]
    assert (records[0].id, records[0].captions, records[0].url, records[0].licence) == (
        "6185218911",
        ("My vacation, day 2", "Key West"),
        "http://farm8.staticflickr.com/7205/6185218911.jpg",
        "http://creativecommons.org/licenses/by/2.0/",
    )
    assert records[0].extra["tags"] == ("sea", "canon hs")
    assert records[0].extra["latitude"] == 24.550558
    assert ledger.examples == [
        "yfcc100m_dataset.bz2, line 4: it has neither title nor description",
        "yfcc100m_dataset.bz2, line 5: it has 2 columns; YFCC100M has 23 or 25",
    ]


def test_laion_400m_and_5b_tables_are_read_a_batch_at_a_time(tmp_path: Path) -> None:
    first = {
        "SAMPLE_ID": [1581282014547.0, 2.0, 3.0],
        "URL": ["https://a/1.jpg", "https://a/2.jpg", None],
        "TEXT": ["a cat", None, "c"],
        "HEIGHT": [225, 300, 1],
        "WIDTH": [300, 400, 1],
        "LICENSE": ["?", "?", "?"],
        "NSFW": ["UNLIKELY", "NSFW", "UNSURE"],
        "similarity": [0.31, 0.3, 0.2],
    }
    second = {
        "url": ["https://b/1.jpg"],
        "text": ["ein Hund"],
        "language": ["de"],
        "similarity": [0.29],
        "punsafe": [0.01],
    }
    parquet.write_table(pyarrow.table(first), tmp_path / "laion400m-part-0.parquet")
    parquet.write_table(pyarrow.table(second), tmp_path / "laion2B-multi.parquet")
    ledger = Ledger()
    records = [
        r for name in ("laion400m-part-0", "laion2B-multi") for r in read_laion(tmp_path / f"{name}.parquet", ledger)
    ]
    assert records == [
        Record(
            id="1581282014547",
            captions=("a cat",),
            url="https://a/1.jpg",
            width=300,
            height=225,
            similarity=0.31,
            language="en",
            nsfw="UNLIKELY",
        ),
        Record(
            id="1",
            captions=("ein Hund",),
            url="https://b/1.jpg",
            similarity=0.29,
            language="de",
            extra={"punsafe": 0.01},
        ),
    ]
    assert ledger.bad == 2


def test_a_parquet_file_of_something_else_is_named_with_its_columns(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(BadDataSet, match=r"x\.parquet has the columns x"):
        list(read_laion(tmp_path / "x.parquet", Ledger()))
    with pytest.raises(BadDataSet, match="no parquet file"):
        list(read_laion(write(tmp_path / "y.parquet", "hello"), Ledger()))


def write_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 2), "red").save(file, "JPEG")
    return file.getvalue()


def test_img2dataset_tars_give_pictures_with_captions_and_what_failed_is_told(tmp_path: Path) -> None:
    about = {
        "caption": "a dog",
        "url": "http://x/1.jpg",
        "key": "000000000",
        "status": "success",
        "width": 4,
        "height": 2,
    }
    failed = {"caption": "gone", "url": "http://x/2.jpg", "key": "000000001", "status": "failed_to_download"}
    path = write_tar(
        tmp_path / "00000.tar",
        {
            "000000000.jpg": jpeg(),
            "000000000.json": json.dumps(about).encode(),
            "000000000.txt": b"a dog\n",
            "000000001.json": json.dumps(failed).encode(),
            "000000002.jpg": jpeg(),
            "000000002.json": b"{broken",
            "000000003.png": jpeg(),
            "000000003.txt": "été".encode(),
        },
    )
    ledger = Ledger()
    records = list(read_tar(path, ledger))
    assert [(r.id, r.caption, r.width, r.url) for r in records] == [
        ("000000000", "a dog", 4, "http://x/1.jpg"),
        ("000000003", "été", None, ""),
    ]
    assert records[0].data is not None
    assert Image.open(io.BytesIO(records[0].data)).size == (4, 2)
    assert ledger.examples[0] == "00000.tar, 000000001: it has no picture (status: failed_to_download)"
    assert ledger.examples[1].startswith("00000.tar, 000000002: its .json cannot be read")


def test_a_tar_cut_off_in_the_middle_keeps_what_came_before_and_says_so(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", {"1.jpg": jpeg(), "1.txt": b"one", "2.jpg": jpeg() * 50, "2.txt": b"two"})
    path.write_bytes(path.read_bytes()[:4000])
    records: list[Record] = []
    with pytest.raises(BadDataSet, match=r"a\.tar cannot be read to its end"):
        records += read_tar(path, Ledger())


def test_filters_know_laion_s_thresholds_and_keep_what_is_not_known_unless_strict() -> None:
    records = [
        Record("a", ("x",), similarity=0.31, width=600, height=512, language="en"),
        Record("b", ("x",), similarity=0.29, width=2000, height=512, language="de", nsfw="NSFW"),
        Record("c", ("x",)),
    ]

    def kept(**wanted: Any) -> str:
        return "".join(r.id for r in choose(records, Wanted(**wanted)))

    assert [kept(similarity=LAION_400M), kept(similarity=LAION_5B), kept(similarity=LAION_400M, strict=True)] == [
        "ac",
        "abc",
        "a",
    ]
    assert [kept(smallest_side=513), kept(largest_aspect=2.0), kept(languages=frozenset({"de"}))] == ["c", "ac", "bc"]
    assert [kept(leave_out_nsfw=True), kept(caption_letters=(2, 9))] == ["ac", ""]


def test_readers_hold_one_record_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "cc.tsv"
    path.write_text("".join(f"caption {n}\thttp://x/{n}\n" for n in range(100_000)))
    ledger = Ledger()
    assert next(read_conceptual(path, ledger)).caption == "caption 0"
    assert ledger.good == 1
