"""Salesforce's record ids and times, as macros of the database.

An id has fifteen case-sensitive letters and digits: three for the type of object, two for the
instance, one reserved, and nine base-62 digits. Three more make it unique where case is ignored:
each encodes which of five characters are capitals. Numbers are below 62⁵, some 916 million.
"""

MACROS = """
-- which of five are capitals, as one of 32 letters and digits
create or replace macro salesforce_check(five) as substr(
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 + list_sum(list_transform(
        range(5), lambda place: if(five[place + 1] between 'A' and 'Z', 1 << place, 0)
    ))::bigint, 1
);

-- an id of 15 characters with its three check characters
create or replace macro salesforce_long_id(id) as
    id || salesforce_check(id[1:5]) || salesforce_check(id[6:10]) || salesforce_check(id[11:15]);

-- a digit to the base 62
create or replace macro salesforce_digit(number, unit) as substr(
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 1 + number // unit % 62, 1
);

-- a lambda gives a name to what stands more than once in a macro: it is worked out once
create or replace macro salesforce_id(kind, number) as list_transform(
    [number],
    lambda known: list_transform(
        [array_to_string(list_transform(
            [62 ** 4, 62 ** 3, 62 ** 2, 62, 1],
            lambda unit: salesforce_digit(known, unit::bigint)
        ), '')],
        lambda digits: kind || '5g00000' || digits
        || salesforce_check(kind || '5g') || 'A' || salesforce_check(digits)
    )[1]
)[1];

-- a contact's id
create or replace macro salesforce_contact_id(number) as
    salesforce_id('003', number);

-- UTC, always with three zeros
create or replace macro salesforce_time(ms) as
    strftime(make_timestamp(ms * 1000), '%Y-%m-%dT%H:%M:%S.000Z');
"""
