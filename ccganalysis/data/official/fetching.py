"""Downloading a publisher's file: progress, retries, checksum, and one sentence for whatever goes wrong."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import InputError, unknown
from . import opening
from .catalogue import PUBLICATIONS, Publication

RETRIES = 2
TIMEOUT_SECONDS = 60


def fetch(name: str, folder: Path, publications: dict[str, Publication] = PUBLICATIONS, retries: int = RETRIES) -> Path:
    """Download a publication's file into `folder` and return its path; one already there is used if
    its checksum is the one known.

    Raises `InputError` in one sentence: no such name, no fixed address, no network, not found, cut short, another
    checksum, a web page in place of data. Nothing is left behind then.
    """
    import pooch
    import requests

    if name not in publications:
        raise InputError(unknown("publication", name, publications))
    wanted = publications[name]
    if not wanted.address:
        raise InputError(
            f"{wanted.title}: the file has no lasting address. Download it from {wanted.page} and run: "
            "ccganalysis add FILE"
        )
    file = f"{name}{Path(urlsplit(wanted.address).path).suffix or '.csv'}"
    if not wanted.sha256:
        (folder / file).unlink(missing_ok=True)  # without a checksum only a fresh download is known to be current
    pooch.get_logger().setLevel(logging.ERROR)
    store = pooch.create(
        path=folder,
        base_url="",
        registry={file: f"sha256:{wanted.sha256}" if wanted.sha256 else None},
        urls={file: wanted.address},
        retry_if_failed=retries,
    )
    download = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT_SECONDS)
    by_hand = f"Download it from {wanted.page} and run: ccganalysis add FILE"
    try:
        path = Path(store.fetch(file, downloader=download))
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "an error"
        raise InputError(f"{wanted.title}: {wanted.address} answers {status}; the file was moved. {by_hand}") from None
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        raise InputError(
            f"{wanted.title}: the download from {wanted.address} was cut short; nothing was kept. Try again."
        ) from None
    except (requests.ConnectionError, requests.Timeout):
        host = urlsplit(wanted.address).netloc
        raise InputError(f"{wanted.title}: no connection to {host}. Check the network, or: {by_hand}") from None
    except requests.RequestException as error:
        raise InputError(
            f"{wanted.title}: {wanted.address} cannot be downloaded ({type(error).__name__}). {by_hand}"
        ) from None
    except ValueError as error:
        if "hash" not in str(error).lower():
            raise
        raise InputError(
            f"{wanted.title}: what {wanted.address} gives is not the file expected (its checksum "
            f"differs); nothing was kept. {by_hand}"
        ) from None
    try:
        opening.kind_of(path)
    except InputError as error:
        path.unlink(missing_ok=True)
        raise InputError(f"{wanted.title}: {error}") from None
    return path
