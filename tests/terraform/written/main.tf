# What people write of keys, in the ways in which they write it.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "virginia"
  region              = "us-east-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_caller_identity" "me" {}
data "aws_partition" "here" {}

resource "aws_iam_role" "app" {
  name               = "App"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

data "aws_iam_policy_document" "known" {
  statement {
    sid       = "Root"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}

data "aws_iam_policy_document" "late" {
  source_policy_documents = [data.aws_iam_policy_document.known.json]
  statement {
    sid       = "Use"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.app.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.eu-west-1.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "documented" {
  description = "its policy is a document"
  policy      = data.aws_iam_policy_document.known.json
}

resource "aws_kms_key" "late" {
  policy = data.aws_iam_policy_document.late.json
}

resource "aws_kms_key" "bare" {
  description = "without a word of its policy"
}

resource "aws_kms_key" "apart" {
  description = "its policy stands apart"
}

resource "aws_kms_key_policy" "apart" {
  key_id = aws_kms_key.apart.id
  policy = data.aws_iam_policy_document.known.json
}

resource "aws_kms_key" "apart_and_late" {
  description = "its policy stands apart, and refers to a role"
}

resource "aws_kms_key_policy" "apart_and_late" {
  key_id = aws_kms_key.apart_and_late.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Use", Effect = "Allow", Principal = { AWS = aws_iam_role.app.arn }, Action = "kms:Decrypt", Resource = "*" }]
  })
}

resource "aws_kms_key" "twice" {
  description = "its policy is said twice"
  policy      = data.aws_iam_policy_document.known.json
}

resource "aws_kms_key_policy" "twice" {
  key_id = aws_kms_key.twice.key_id
  policy = data.aws_iam_policy_document.late.json
}

resource "aws_kms_key" "primary" {
  multi_region = true
  policy       = data.aws_iam_policy_document.known.json
}

resource "aws_kms_replica_key" "inline" {
  provider        = aws.virginia
  primary_key_arn = aws_kms_key.primary.arn
  policy          = data.aws_iam_policy_document.known.json
}

resource "aws_kms_alias" "inline" {
  provider      = aws.virginia
  name          = "alias/replica"
  target_key_id = aws_kms_replica_key.inline.key_id
}

resource "aws_kms_alias" "primary" {
  name          = "alias/primary"
  target_key_id = aws_kms_key.primary.arn
}

resource "aws_kms_key" "primary_apart" {
  multi_region = true
  description  = "its replica's policy stands apart"
  policy       = data.aws_iam_policy_document.known.json
}

resource "aws_kms_replica_key" "replica_apart" {
  provider        = aws.virginia
  primary_key_arn = aws_kms_key.primary_apart.arn
}

resource "aws_kms_key_policy" "replica_apart" {
  provider = aws.virginia
  key_id   = aws_kms_replica_key.replica_apart.key_id
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Replica", Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }] })
}

resource "aws_kms_grant" "app" {
  key_id            = aws_kms_key.documented.key_id
  grantee_principal = aws_iam_role.app.arn
  operations        = ["Decrypt"]
  constraints {
    encryption_context_equals = { app = "orders" }
  }
}

module "outer" {
  source   = "./outer"
  for_each = toset(["blue", "green"])
  colour   = each.key
  role_arn = aws_iam_role.app.arn
}
