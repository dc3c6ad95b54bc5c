#include <maxminddb.h>
#include <sys/socket.h>
#include <netinet/in.h>
