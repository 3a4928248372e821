// libsystemd: the event loop and D-Bus.
#pragma once
#include <sys/epoll.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
