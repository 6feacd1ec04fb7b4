#pragma once

#include "MPITable.h"

// The few calls of sockets by which ranks watch each other.

/// A socket that others can connect to at any of this machine's addresses; −1 where there is none.
int openListener(int *port);

/// One who has connected; −1 for nobody.
int acceptPeer(int listener);

/// This machine's addresses, one a line; how many bytes they take.
int listAddresses(char *text, int size);

/// A connection; −1 where nobody answers in time.
int connectPeer(const char *address, int port, int milliseconds);

/// Neither waits; −1 for nothing, as where a peer has gone.
int sendBytes(int descriptor, const void *bytes, int count);
int receiveBytes(int descriptor, void *bytes, int count);

/// Ends a connection for both sides.
void shut(int descriptor);

/// Waits until there is something to receive, or a peer has gone, from any of these.
int waitForBytes(const int *descriptors, int *isReady, int count, int milliseconds);

/// Memory that processes of the same user can open, as `/proc/PID/fd/N`; −1 where there is none.
int makeMemory(void);
