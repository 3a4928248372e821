// libsystemd: the event loop, D-Bus and the service manager.
#pragma once
#include <sys/epoll.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
