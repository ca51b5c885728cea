# One curve of a sweep from results/<variant>.csv, sorted by size:
#     resident size in MiB, then the cost: median, lowest, highest sample
# usage: awk -v family=fork -f series.awk results/cow-array.csv
#
# The resident size is what fork handed on to the child, in pages of 4 KiB; layout 0 is the usual one.
BEGIN { FS = "," }

# The columns of the file by their names.
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }

$at["family"] != family || $at["layout"] != 0 || $at["statistic"] == "sample" { next }
$at["quantity"] == "instructions" { cost[$at["pages"], $at["statistic"]] = $at["value"] }
$at["quantity"] == "resident_pages" && $at["statistic"] == "median" {
    resident[$at["pages"]] = $at["value"] / 256
}

END {
    for (pages in resident)
        print resident[pages], cost[pages, "median"], cost[pages, "min"], cost[pages, "max"] | "sort -g"
}
