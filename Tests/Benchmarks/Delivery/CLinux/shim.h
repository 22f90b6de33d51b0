#pragma once

// What Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// Only there with _GNU_SOURCE, which is not to be had for a module of the system.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
