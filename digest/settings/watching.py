"""The settings of those who watch the newspaper: its log, its metrics, its doctor."""

from digest.settings.setting import Setting
from digest.settings.values import name_server, one_of, token, yes_or_no

WATCHING: tuple[Setting, ...] = (
    Setting(
        name="METRICS_TOKEN",
        meaning="Opens /metrics for Prometheus, as its bearer token (docs/doctor.md). Empty: there are no metrics.",
        expected="16 characters or more, without blanks",
        default="",
        parse=token,
        secret=True,
    ),
    Setting(
        name="LOG",
        meaning="How `digest run`, `serve` and `worker` write their log: lines for people, or JSON for machines.",
        expected="text or json",
        default="text",
        parse=one_of("text", "json"),
    ),
    Setting(
        name="LOG_ADDRESSES",
        meaning="Whether the log may show people's addresses, as servers repeat them in their answers.",
        expected="yes or no",
        default="no",
        parse=yes_or_no,
    ),
    Setting(
        name="NAMESERVER",
        meaning="The DNS server that `digest doctor` asks. Empty: the system's.",
        expected="an IP address, perhaps with a port, such as 9.9.9.9 or [2620:fe::fe]:53",
        default="",
        parse=name_server,
    ),
)
