"""`digest preview`: the studio, as somebody opens it."""

import http.client
import re

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)(/open/\S+)")


def visit(port, path, cookie=""):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_the_printed_link_opens_the_studio_once_and_ctrl_c_closes_it(cut_desk, interrupt, morning):
    process = cut_desk.start("preview", "--edition", "1", "--by", "ines", "--now", morning)
    port, path = LINK.fullmatch(process.stdout.readline().strip()).groups()
    status, headers, _ = visit(port, path)
    assert (status, headers["location"]) == (303, "/?edition=1")
    cookie = headers["set-cookie"].partition(";")[0]
    assert visit(port, path)[0] == 403
    status, _, page = visit(port, "/?edition=1", cookie)
    assert status == 200
    assert "No. 1 is" in page
    interrupt(process)
    assert cut_desk.end(process).code == 0


def test_a_studio_that_is_told_to_end_is_closed_as_by_ctrl_c(cut_desk, morning):
    process = cut_desk.start("preview", "--edition", "1", "--now", morning)
    port, path = LINK.fullmatch(process.stdout.readline().strip()).groups()
    assert visit(port, path)[0] == 303
    process.terminate()
    assert cut_desk.end(process).code == 0


def test_files_are_written_of_any_edition_and_of_samples(desk, morning):
    desk.digest("preview", "--sample", "ordinary", "--out", "look", "--now", morning)
    assert "<html" in (desk.folder / "look" / "edition.html").read_text(encoding="utf-8")
    assert (desk.folder / "look" / "edition.txt").stat().st_size > 500
    before = (desk.folder / "look" / "edition.txt").read_bytes()
    desk.digest("preview", "--out", "look", "--now", morning)
    assert (desk.folder / "look" / "edition.txt").read_bytes() != before


def test_what_is_not_there_opens_nothing(desk):
    assert "no sample 'nothing'" in desk.digest("preview", "--sample", "nothing", code=1).sentence
    assert "no edition 7" in desk.digest("preview", "--edition", "7", code=1).sentence
    both = desk.digest("preview", "--edition", "1", "--sample", "ordinary", code=2)
    assert "both name an edition" in both.sentence
    assert "nobody@nowhere.example" in desk.digest("preview", "--subscriber", "nobody@nowhere.example", code=1).sentence
