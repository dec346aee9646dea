"""What a client of Amazon's own, in another language, makes of the stand-in. Prints JSON, a line for each step."""

import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key_id, secret, zone_id, domain = sys.argv[1:6]


def client(secret_key):
    return botocore.session.get_session().create_client(
        "route53",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret_key,
        config=Config(retries={"total_max_attempts": 1}),
    )


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def refused(step, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        tell(step, code=error.response["Error"].get("Code"), text=str(error))
    else:
        tell(step, code=None, text="nothing was refused")


def batch(*changes):
    return {
        "HostedZoneId": zone_id,
        "ChangeBatch": {
            "Comment": "by <botocore> & \"others\"",
            "Changes": [
                {
                    "Action": action,
                    "ResourceRecordSet": {
                        "Name": name,
                        "Type": kind,
                        "TTL": ttl,
                        "ResourceRecords": [{"Value": value} for value in values],
                    },
                }
                for action, name, kind, ttl, values in changes
            ],
        },
    }


route53 = client(secret)
zones = route53.list_hosted_zones_by_name(DNSName=domain)
tell(
    "zones",
    names=[(zone["Id"], zone["Name"], zone["Config"]["PrivateZone"]) for zone in zones["HostedZones"]],
)
tell("zone", name=route53.get_hosted_zone(Id=zone_id)["HostedZone"]["Name"])

made = route53.change_resource_record_sets(
    **batch(
        ("UPSERT", domain, "A", 30, ["192.0.2.1", "192.0.2.2"]),
        ("UPSERT", domain, "TXT", 30, ['"a & b" "<c>"']),
        ("CREATE", "_concoord._tcp." + domain, "SRV", 30, ["0 100 14000 a." + domain + "."]),
    )
)["ChangeInfo"]
tell("changed", status=made["Status"])
route53.get_waiter("resource_record_sets_changed").wait(
    Id=made["Id"], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
)
tell("waited", status=route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"])

pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
sets = [one for page in pages for one in page["ResourceRecordSets"]]
tell(
    "records",
    sets=[
        [one["Name"], one["Type"], one["TTL"], [value["Value"] for value in one["ResourceRecords"]]]
        for one in sets
        if one["Type"] not in ("NS", "SOA")
    ],
)

change = route53.change_resource_record_sets
refused("again", change, **batch(("CREATE", domain, "A", 30, ["192.0.2.1"])))
refused("other values", change, **batch(("DELETE", domain, "A", 30, ["192.0.2.1"])))
refused("all or none", change, **batch(
    ("UPSERT", "new." + domain, "A", 30, ["192.0.2.9"]),
    ("DELETE", "none." + domain, "A", 30, ["192.0.2.1"]),
))
refused("elsewhere", change, **batch(("UPSERT", "elsewhere.example", "A", 30, ["192.0.2.1"])))
refused("no address", change, **batch(("UPSERT", domain, "A", 30, ["192.0.2.256"])))
refused("no zone", route53.get_hosted_zone, Id="ZNONE")
refused("no change", route53.get_change, Id="CNONE")
refused("wrong secret", client("not the secret").get_hosted_zone, Id=zone_id)

after = route53.list_resource_record_sets(HostedZoneId=zone_id, StartRecordName="new." + domain)
tell("after", names=[one["Name"] for one in after["ResourceRecordSets"]])
