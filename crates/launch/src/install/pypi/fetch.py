"""Fetches the source distribution of one version of a package, and runs nothing of it.

Arguments: the normalised name, the version, the directory. Indexes are those of pip's own variables, which may hold
passwords. Prints the file's name and the SHA-256 that the index vouches for.
"""

import base64
import hashlib
import html.parser
import json
import os
import re
import sys
import urllib.parse
import urllib.request

LARGEST_PAGE = 64 << 20
LARGEST_FILE = 512 << 20


class Links(html.parser.HTMLParser):
    found = None

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.extend(value for key, value in attrs if key == "href" and value)


def get(address, credentials, most):
    request = urllib.request.Request(address)
    request.add_header("Accept", "text/html, application/octet-stream")
    if credentials:
        token = base64.b64encode(credentials.encode()).decode()
        # Of this host alone: wherever it redirects to does not hear it.
        request.add_unredirected_header("Authorization", "Basic " + token)
    with urllib.request.urlopen(request, timeout=60) as response:
        body = response.read(most + 1)
        if len(body) > most:
            sys.exit("something in the registry is larger than any package")
        return response.url, body


def plainly(address):
    """The address without user and password, and those."""
    parts = urllib.parse.urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), urllib.parse.unquote(user) if at else None


def is_wanted(file, name, version):
    stem, dot, _ = file.rpartition(".tar.gz")
    found, dash, of = stem.rpartition("-")
    normal = re.sub(r"[-_.]+", "-", found).lower()
    return bool(dot and dash) and normal == name and of == version


def main():
    name, version, target = sys.argv[1:4]
    indexes = [os.environ["PIP_INDEX_URL"], *os.environ.get("PIP_EXTRA_INDEX_URL", "").split()]
    for index in indexes:
        index, credentials = plainly(index)
        try:
            base, page = get(f"{index.rstrip('/')}/{name}/", credentials, LARGEST_PAGE)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                continue
            raise
        links = Links()
        links.found = []
        links.feed(page.decode("utf-8", "replace"))
        for link in links.found:
            address, _, fragment = urllib.parse.urljoin(base, link).partition("#")
            file = urllib.parse.unquote(address.rpartition("/")[2])
            sha256 = urllib.parse.parse_qs(fragment).get("sha256", [None])[0]
            if not is_wanted(file, name, version) or not sha256:
                continue
            same = urllib.parse.urlsplit(address).netloc == urllib.parse.urlsplit(index).netloc
            _, body = get(address, credentials if same else None, LARGEST_FILE)
            if hashlib.sha256(body).hexdigest() != sha256:
                sys.exit(f"{file} is not what the registry vouches for")
            with open(os.path.join(target, "source.tar.gz"), "xb") as out:
                out.write(body)
            print(json.dumps({"file": file, "sha256": sha256}))
            return
    sys.exit(f"no source distribution (.tar.gz) of {name} {version} with a SHA-256")


main()
