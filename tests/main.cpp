// The entry of every test program; linked to the *_test.cpp of one folder.
#define BOOST_TEST_MODULE attune
#include <boost/test/unit_test.hpp>
