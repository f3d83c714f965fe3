"""What tests of every service share: real servers, a service under test, callers, and what must hold after each test."""
