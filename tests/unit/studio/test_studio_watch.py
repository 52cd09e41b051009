"""Telling when what is shown has changed."""

import threading
import time

from digest.errors import StoreError
from digest.web.studio.watch import Watch, marks


def test_marks_change_with_every_file(tmp_path):
    folder, env = tmp_path / "templates", tmp_path / ".env"
    folder.mkdir()
    seen = [marks(env, folder, None)]
    for path, text in ((folder / "a.html", "a"), (env, "b"), (folder / "a.html", "longer")):
        path.write_text(text)
        seen.append(marks(env, folder, None))
    (folder / "a.html").unlink()
    seen.append(marks(env, folder, None))
    assert len(set(seen)) == 5


def test_a_question_is_answered_when_the_state_changes():
    state = ["a"]
    watch = Watch(lambda: state[0])
    stamp = watch.stamp()
    threading.Timer(0.3, lambda: state.__setitem__(0, "b")).start()
    began = time.monotonic()
    assert watch.changed(stamp) != stamp
    assert time.monotonic() - began < 5


def test_a_question_is_answered_at_once_when_the_stamp_is_an_old_one():
    watch = Watch(lambda: "a")
    assert watch.changed("old") == watch.stamp()


def test_patience_ends():
    watch = Watch(lambda: "a", patience=0.3)
    assert watch.changed(watch.stamp()) == watch.stamp()


def test_too_many_questions_are_not_kept_waiting():
    watch = Watch(lambda: "a", waiters=1)
    stamp = watch.stamp()
    first = threading.Thread(target=watch.changed, args=(stamp,))
    first.start()
    time.sleep(0.1)
    began = time.monotonic()
    assert watch.changed(stamp) == stamp
    assert time.monotonic() - began < 1
    watch.close()
    first.join(5)
    assert not first.is_alive()


def test_what_was_just_changed_here_is_seen_at_once():
    state = ["a"]
    watch = Watch(lambda: state[0])
    stamp = watch.stamp()
    state[0] = "b"
    watch.touch()
    assert watch.stamp() != stamp


def test_a_store_that_cannot_be_read_has_a_stamp_too():
    def locked():
        raise StoreError("The database is locked.")

    assert Watch(locked).stamp() != Watch(lambda: "a").stamp()
