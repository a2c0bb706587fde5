/* null.c - the ceiling: reads a request's body, answers a constant 201. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <fcgiapp.h>

static const char answer[] =
    "Status: 201 Created\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 114\r\n"
    "Cache-Control: no-store\r\n"
    "X-Request-Id: 00000000000000000000000000000000\r\n\r\n"
    "{\"message\":\"Webhook registered successfully.\",\"apiSecretKey\":"
    "\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}";

static void *
serve(void *unused)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int epoll_fd = epoll_create1(0);
	FCGX_Request request;
	char body[16384];

	FCGX_InitRequest(&request, 0, 0);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &e);
	for (;;) {
		if (epoll_wait(epoll_fd, &e, 1, -1) != 1 ||
		    FCGX_Accept_r(&request) != 0)
			continue;
		while (FCGX_GetStr(body, sizeof body, request.in) > 0)
			continue;
		FCGX_PutS(answer, request.out);
		FCGX_Finish_r(&request);
		FCGX_Free(&request, 1);
	}
	return unused;
}

int
main(int argc, char **argv)
{
	long threads = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
	pthread_t thread;

	fcntl(0, F_SETFL, O_NONBLOCK);
	if (FCGX_Init() != 0)
		return 1;
	signal(SIGTERM, SIG_DFL); /* libfcgi only notes it */
	while (threads-- > 1)
		pthread_create(&thread, NULL, serve, NULL);
	serve(NULL);
}
