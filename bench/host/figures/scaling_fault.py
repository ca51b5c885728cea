"""Write faults per second of all harts together. A variant without such faults is not in it."""

from bench.host.figures.scaling_fork import scaling
from bench.host.languages import Text

FIGURE = scaling(
    "smp_fault",
    Text("Throughput of write faults, by number of harts", "写缺页的吞吐量与硬件线程（hart）数的关系"),
    Text(
        "write faults that copy, as many workers as harts",
        "引起复制的写缺页，工作进程数等于硬件线程数",
    ),
    Text("thousand pages per second, all harts together", "所有 hart 合计每秒处理的页面数（千页）"),
    only_faults=True,
)
