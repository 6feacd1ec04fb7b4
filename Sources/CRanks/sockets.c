#define _GNU_SOURCE
#include "CRanks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Listens for IPv6 and IPv4, or for IPv4 where a machine has no other.
static int listenFor(int family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  int no = 0;
  if (family == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  struct sockaddr_storage address = {.ss_family = (sa_family_t)family};  // any address, any port
  socklen_t size =
      family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  if (bind(descriptor, (struct sockaddr *)&address, size) == 0 && listen(descriptor, 1024) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

int openListener(int *port) {
  int descriptor = listenFor(AF_INET6);
  if (descriptor < 0) descriptor = listenFor(AF_INET);
  if (descriptor < 0) return -1;
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
    close(descriptor);
    return -1;
  }
  *port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                              : ((struct sockaddr_in *)&address)->sin_port);
  return descriptor;
}

int acceptPeer(int listener) {
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int listAddresses(char *text, int size) {
  struct ifaddrs *all = NULL;
  if (getifaddrs(&all) != 0) return 0;
  int used = 0;
  for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
    if (one->ifa_addr == NULL || !(one->ifa_flags & IFF_UP) || (one->ifa_flags & IFF_LOOPBACK)) continue;
    int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    if (family == AF_INET6 &&
        IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr)) {
      continue;
    }
    char name[INET6_ADDRSTRLEN];
    socklen_t length =
        family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (getnameinfo(one->ifa_addr, length, name, sizeof name, NULL, 0, NI_NUMERICHOST) != 0) continue;
    int written = snprintf(text + used, (size_t)(size - used), "%s\n", name);
    if (written >= size - used) break;
    used += written;
  }
  freeifaddrs(all);
  return used;
}

int connectPeer(const char *address, int port, int milliseconds) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
  struct addrinfo *found = NULL;
  char service[8];
  snprintf(service, sizeof service, "%d", port);
  if (getaddrinfo(address, service, &hints, &found) != 0) return -1;
  int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int isConnected = 0;
  if (descriptor >= 0) {
    isConnected = connect(descriptor, found->ai_addr, found->ai_addrlen) == 0;
    struct pollfd wanted = {.fd = descriptor, .events = POLLOUT};
    if (!isConnected && errno == EINPROGRESS && poll(&wanted, 1, milliseconds) == 1) {
      int code = 0;
      socklen_t size = sizeof code;
      isConnected = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == 0;
    }
    if (!isConnected) close(descriptor);
  }
  freeaddrinfo(found);
  return isConnected ? descriptor : -1;
}

int sendBytes(int descriptor, const void *bytes, int count) {
  return (int)send(descriptor, bytes, (size_t)count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int receiveBytes(int descriptor, void *bytes, int count) {
  return (int)recv(descriptor, bytes, (size_t)count, MSG_DONTWAIT);
}

void shut(int descriptor) { shutdown(descriptor, SHUT_RDWR); }

int waitForBytes(const int *descriptors, int *isReady, int count, int milliseconds) {
  struct pollfd wanted[count > 0 ? count : 1];
  for (int i = 0; i < count; i++) {
    wanted[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
  }
  int ready = poll(wanted, (nfds_t)count, milliseconds);
  for (int i = 0; i < count; i++) isReady[i] = ready > 0 && wanted[i].revents != 0;
  return ready;
}
