"""Fork and exec, until the parent has waited for the new program's exit, against the size of the process."""

from bench.host.figures.fork import by_size
from bench.host.languages import Text

FIGURE = by_size(
    "fork_exec",
    Text("Cost of fork and exec, by size of the process", "fork 加 exec 的开销与进程大小的关系"),
    Text(
        "Instructions of fork + exec + wait against the resident size of the parent, for each strategy",
        "各策略 fork + exec + wait 的指令数与父进程驻留内存大小的关系",
    ),
    Text("instructions until wait returns (logarithmic)", "到 wait 返回为止的指令数（对数刻度）"),
)
