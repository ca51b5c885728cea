"""Power cuts: what is on a disk after one, and whether anything is lost.

A machine runs a workload on a disk, and QEMU logs every write and flush of the disk. For each cut
the disk is put together as a power cut could have left it at some moment of that log: all that was
written before the last flush, and of what came later any part, down to single sectors. Then a
machine is started from that disk. What the workload had been told to be done must be there, what it
was doing either wholly or not at all, and fsck must find nothing wrong.

    make power-cuts VARIANT=cow-reuse CUTS=1000 SEED=7
"""
