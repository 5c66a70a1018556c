"""The folders that the options name."""

from __future__ import annotations

from files.extra_paths import merge_extra_paths
from files.folders import Folders
from jobs.options import Options


def open_folders(options: Options) -> Folders:
    """The folders of this process. Raises FileProblem when a file that names model folders cannot be read."""
    beside = options.base_directory / "extra_model_paths.yaml"
    files = ((beside,) if beside.is_file() else ()) + options.extra_model_paths_config
    named = merge_extra_paths(files)
    return Folders(
        options.base_directory,
        input=options.input_directory,
        output=options.output_directory,
        temp=options.temp_directory,
        user=options.user_directory,
        extra=named.more,
        preferred=named.preferred,
    )
