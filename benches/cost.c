/* Runs a command and tells what it took: `cost FD COMMAND...` writes "code wall_us cpu_us peak_kib" to FD.

   A small process of its own, since the kernel counts the memory that a process had before exec as its peak too: a
   child of the measuring script would seem to need what the script needs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timespec t) { return t.tv_sec * 1000000LL + t.tv_nsec / 1000; }

int main(int count, char **words) {
    if (count < 3) return 64;
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t child = fork();
    if (child < 0) return 71;
    if (child == 0) {
        close(atoi(words[1]));
        execv(words[2], words + 2);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child) return 71;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    long long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    dprintf(atoi(words[1]), "%d %lld %lld %ld\n", code, microseconds(ended) - microseconds(begun), cpu, used.ru_maxrss);
    return 0;
}
