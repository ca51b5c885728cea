// Many schedules of one boot: at the first mark the machine becomes a server of copies of itself.
//
// Each line "OUT NAME=VALUE ...", with tabs between, that it reads from requests=FD makes a copy
// (fork), which goes on under the schedule of these arguments, with its console and its errors in
// the file OUT. When the copy has ended, a line with its exit status goes to replies=FD. A copy
// does what a machine of its own would do. At the end of the requests the server ends.
#pragma once

// At the first mark, in the thread of the harts. Returns in each copy.
void serve(void);
