{{/* The schema registry: its part of the configuration, and its Secrets as files. */}}

{{/* "true" where the service uses a registry; only the Kafka interface does. */}}
{{- define "platestream.hasRegistry" -}}
{{- if and .Values.kafka.enabled .Values.registry.url -}}true{{- end -}}
{{- end -}}

{{- define "platestream.registryConfig" -}}
{{- $registry := .Values.registry -}}
{{- $tls := $registry.tls -}}
url: {{ $registry.url | quote }}
mode: {{ $registry.mode | quote }}
subject_strategy: {{ $registry.subjectStrategy }}
{{- if $registry.existingSecret }}
{{- if $registry.tokenKey }}
token_file: /etc/platestream-registry/token
{{- else }}
password_file: /etc/platestream-registry/password
{{- end }}
{{- end }}
{{- if $tls.existingSecret }}
{{- if $tls.caKey }}
ca_file: /etc/platestream-registry-tls/ca.crt
{{- end }}
{{- if $tls.clientCertificate }}
certificate_file: /etc/platestream-registry-tls/tls.crt
key_file: /etc/platestream-registry-tls/tls.key
{{- if $tls.keyPasswordKey }}
key_password_file: /etc/platestream-registry-tls/key-password
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "platestream.registryEnv" -}}
{{- $registry := .Values.registry -}}
{{- if and (include "platestream.hasRegistry" .) $registry.existingSecret (not $registry.tokenKey) -}}
- name: PLATESTREAM_REGISTRY__USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ $registry.existingSecret }}
      key: {{ $registry.usernameKey }}
{{- end -}}
{{- end -}}

{{- define "platestream.registryMounts" -}}
{{- $registry := .Values.registry -}}
{{- if include "platestream.hasRegistry" . -}}
{{- if $registry.existingSecret }}
- name: registry
  mountPath: /etc/platestream-registry
  readOnly: true
{{- end }}
{{- if and $registry.tls.existingSecret (or $registry.tls.caKey $registry.tls.clientCertificate) }}
- name: registry-tls
  mountPath: /etc/platestream-registry-tls
  readOnly: true
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.registryVolumes" -}}
{{- $registry := .Values.registry -}}
{{- $tls := $registry.tls -}}
{{- if include "platestream.hasRegistry" . -}}
{{- if $registry.existingSecret }}
- name: registry
  secret:
    secretName: {{ $registry.existingSecret }}
    defaultMode: 0440
    items:
      {{- if $registry.tokenKey }}
      - key: {{ $registry.tokenKey }}
        path: token
      {{- else }}
      - key: {{ $registry.passwordKey }}
        path: password
      {{- end }}
{{- end }}
{{- if and $tls.existingSecret (or $tls.caKey $tls.clientCertificate) }}
- name: registry-tls
  secret:
    secretName: {{ $tls.existingSecret }}
    defaultMode: 0440
    items:
      {{- if $tls.caKey }}
      - key: {{ $tls.caKey }}
        path: ca.crt
      {{- end }}
      {{- if $tls.clientCertificate }}
      - key: {{ $tls.certKey }}
        path: tls.crt
      - key: {{ $tls.keyKey }}
        path: tls.key
      {{- with $tls.keyPasswordKey }}
      - key: {{ . }}
        path: key-password
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The ports of the registry's addresses, as a list. Call with the addresses. */}}
{{- define "platestream.registryPorts" -}}
{{- $ports := list -}}
{{- range splitList "," . -}}
{{- $url := urlParse (trim .) -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (int ($port | default (ternary "443" "80" (eq $url.scheme "https")))) -}}
{{- end -}}
{{- uniq $ports | toYaml -}}
{{- end -}}
