// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// usage: measure FILE PROGRAM [ARGUMENT…]
// Runs the program and writes to FILE the nanoseconds from exec to exit and its maximum resident memory in KiB. The exit status
// is the program's. The program finds the time of its launch (CLOCK_MONOTONIC, nanoseconds) in ORIEL_BENCH_LAUNCHED_NS. Libraries
// to preload into the program, but not into this launcher, are named in ORIEL_BENCH_PRELOAD.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void forward(int number) { kill(child, number); }

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void launch(char **command) {
    const char *preload = getenv("ORIEL_BENCH_PRELOAD");
    if (preload) setenv("LD_PRELOAD", preload, 1);
    char launched[24];
    snprintf(launched, sizeof launched, "%lld", now());
    setenv("ORIEL_BENCH_LAUNCHED_NS", launched, 1);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int count, char **arguments) {
    if (count < 3) {
        fputs("usage: measure FILE PROGRAM [ARGUMENT...]\n", stderr);
        return 64;
    }
    const long long start = now();
    child = fork();
    if (child < 0) {
        perror("fork");
        return 70;
    }
    if (child == 0) launch(arguments + 2);
    const struct sigaction forwarding = {.sa_handler = forward, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &forwarding, NULL);
    sigaction(SIGINT, &forwarding, NULL);

    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) {
        perror("wait4");
        return 70;
    }
    const long long elapsed = now() - start;
    FILE *file = fopen(arguments[1], "w");
    if (!file) {
        perror(arguments[1]);
        return 70;
    }
    fprintf(file, "%lld %ld\n", elapsed, usage.ru_maxrss);
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
