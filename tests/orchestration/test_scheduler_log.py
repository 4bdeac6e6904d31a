import io

from dangol.orchestration import scheduler_log


def test_every_line_is_passed_on_and_the_last_ones_are_kept(tmp_path):
    file, output = scheduler_log.file_of(str(tmp_path / "home")), io.BytesIO()
    lines = [b"line %d\n" % number for number in range(10)]
    scheduler_log.keep(lines, output, file, limit=21)
    assert output.getvalue() == b"".join(lines)
    assert file.read_bytes() == lines[9]
    assert file.with_name("airflow-scheduler.log.1").read_bytes() == b"".join(lines[6:9])
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_disk_that_takes_no_more_does_not_stop_the_scheduler(tmp_path):
    (tmp_path / "logs").touch()
    output = io.BytesIO()
    scheduler_log.keep([b"one\n", b"two\n"], output, tmp_path / "logs" / "airflow-scheduler.log")
    assert output.getvalue() == b"one\ntwo\n"
