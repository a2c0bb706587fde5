/* variables.c - of an unknown variable it is said what may have been meant. */
#include "common/variables.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/option_table.h"

static const char *
complaint_of(const char *variable)
{
	static char why[OPTION_WHY_MAX];
	char copy[256];
	char *const environment[] = { (char[]){ "HOME=/root" }, copy,
		(char[]){ "POSTERN_LOG=syslog" }, NULL };

	snprintf(copy, sizeof copy, "%s", variable);
	return variables_known(environment, why, sizeof why) ? NULL : why;
}

Test(variables, a_setting_of_either_program_is_known)
{
	static const char *const known[] = { "POSTERN_DATABASE=dbname=x",
		"POSTERN_SEAL_KEY=/k", "POSTERN_KEY=/k", "POSTERN_NAT64=x",
		"POSTERN_NONSENSE=", "POSTERN_", "PATH=/bin", "XPOSTERN_Y=1",
		"POSTERN=1", "" };

	for (size_t i = 0; i < COUNT(known); i++)
		cr_expect_null(complaint_of(known[i]), "%s", known[i]);
}

Test(variables, of_another_it_is_said_what_may_have_been_meant)
{
	static const struct {
		const char *variable, *meant;
	} cases[] = {
		{ "POSTERN_DATABSE=x", "did you mean POSTERN_DATABASE?" },
		{ "POSTERN_IN_FLIGTH=7", "did you mean POSTERN_IN_FLIGHT?" },
		{ "POSTERN_CA=/etc/ca.pem", "did you mean POSTERN_CA_FILE?" },
		{ "POSTERN_THREAD=7", "did you mean POSTERN_THREADS?" },
		{ "POSTERN_SEALKEY=/k", "did you mean POSTERN_SEAL_KEY?" },
		{ "POSTERN_COLOUR=red", "--help lists them" },
		{ "POSTERN_=x", "--help lists them" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = complaint_of(cases[i].variable);

		cr_assert_not_null(why, "%s", cases[i].variable);
		cr_expect_not_null(strstr(why, cases[i].meant), "%s", why);
	}
}

Test(variables, its_value_is_not_repeated)
{
	const char *why = complaint_of("POSTERN_PASSWORD=hush");

	cr_assert_not_null(why);
	cr_expect_null(strstr(why, "hush"), "%s", why);
}
